import { test } from 'node:test';
import { explore, longLives, never, racingSinks, sinksAndUpkeep } from '../lake/protocol-plans.ts';

test('600 interleavings of sinks with lost replies and crashes store each offset once', (t) =>
  explore(t, 600, never, racingSinks));

test('600 interleavings with compaction, vacuum and time lose and double no row', (t) =>
  explore(t, 600, never, sinksAndUpkeep));

test('40 interleavings with checkpoints and clean-up read the same from a checkpoint as from the whole log', (t) =>
  explore(t, 40, 2, longLives));
