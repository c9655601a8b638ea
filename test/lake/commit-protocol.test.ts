/** As many as a quick test affords; test/integration explores more of them, and test/soak thousands. */
import { test } from 'node:test';
import { explore, longLives, never, racingSinks, sinksAndUpkeep } from './protocol-plans.ts';

test('any interleaving of sinks with lost replies and crashes stores each offset once', (t) =>
  explore(t, 80, never, racingSinks));

test('compaction and vacuum beside sinks lose and double no row, however long one of them stands still', (t) =>
  explore(t, 80, never, sinksAndUpkeep));

test('checkpoints and the clean-up of old entries change nothing that a newcomer reads', (t) =>
  explore(t, 6, 2, longLives));
