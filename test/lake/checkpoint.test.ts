import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  checkpointIsDue,
  readCheckpoint,
  readLastCheckpoint,
  writeCheckpoint,
} from '../../src/lake/checkpoint.ts';
import type { RemoveAction } from '../../src/lake/delta-actions.ts';
import { TableState } from '../../src/lake/table-state.ts';
import { MemoryStore } from './memory-store.ts';

const day = 24 * 3_600_000;

const removed = (
  path: string,
  deletionTimestamp: number,
  tags: Record<string, string> = {},
): { remove: RemoveAction } => ({
  remove: {
    path,
    deletionTimestamp,
    dataChange: false,
    extendedFileMetadata: true,
    partitionValues: { hour: '9' },
    size: 10,
    tags: { 'tonearm.rows': '3', 'tonearm.version': '1', ...tags },
  },
});

test('a checkpoint is due every 50 versions, and half as often each time the table doubles', () => {
  const interval = (size: number) => {
    let version = 1;
    while (!checkpointIsDue(version, size)) version += 1;
    return version;
  };
  assert.deepEqual([0, 12_500, 12_501, 25_001, 100_000].map(interval), [50, 50, 100, 200, 400]);
  assert.equal(checkpointIsDue(0, 0), false);
});

test('a slow writer does not point _last_checkpoint back to an older checkpoint', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const store = new MemoryStore(() => 0);
  const actions = [{ txn: { appId: 'a', version: 5 } }];
  await writeCheckpoint(store, 'plays', 100, actions, directory);
  await writeCheckpoint(store, 'plays', 50, actions, directory);
  assert.equal((await readLastCheckpoint(store, 'plays'))?.version, 100);
  assert.deepEqual(await readCheckpoint(store, 'plays', 50, directory), actions);
});

test('files removed more than a week ago are forgotten, but for the last that brought rows', () => {
  const now = 100 * day;
  const state = new TableState();
  const paths = () =>
    state.toActions(now).map((action) => 'remove' in action && action.remove.path);
  state.apply(0, [
    removed('old', now - 8 * day, { 'tonearm.version': '4' }),
    removed('old, later', now - 9 * day, { 'tonearm.version': '5' }),
    removed('old, compacted', now - 8 * day, {
      'tonearm.version': '6',
      'tonearm.compacted': 'true',
    }),
    removed('young', now - 6 * day),
  ]);
  assert.deepEqual(paths(), ['old, later', 'young']);
  state.apply(1, [removed('old, last', now - 8 * day, { 'tonearm.version': '7' })]);
  assert.deepEqual(paths(), ['young', 'old, last']);
  assert.equal(state.size, 2);
});

test('a table read from a checkpoint knows when it was committed to', () => {
  const state = new TableState();
  state.apply(7, [{ txn: { appId: 'a', version: 1, lastUpdated: 1234 } }]);
  assert.equal(state.committedAt, 1234);
});

test('a missing checkpoint is a damaged log', async () => {
  await assert.rejects(readCheckpoint(new MemoryStore(() => 0), 'plays', 3, tmpdir()), {
    code: 'TNA_LAKE_FILE_MISSING',
  });
});
