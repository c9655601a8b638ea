import { test } from 'node:test';
import { explore, longLives, never, racingSinks, sinksAndUpkeep } from '../lake/protocol-plans.ts';

test('5,000 interleavings of sinks with lost replies and crashes store each offset once', (t) =>
  explore(t, 5000, never, racingSinks));

test('5,000 interleavings with compaction, vacuum and time lose and double no row', (t) =>
  explore(t, 5000, never, sinksAndUpkeep));

test('300 interleavings with checkpoints and clean-up read the same from a checkpoint as from the whole log', (t) =>
  explore(t, 300, 2, longLives));
