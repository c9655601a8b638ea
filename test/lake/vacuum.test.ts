import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { versionName } from '../../src/lake/delta-actions.ts';
import { LakeTable } from '../../src/lake/table.ts';
import { vacuumTable } from '../../src/lake/vacuum.ts';
import { MemoryStore } from './memory-store.ts';

const hour = 3_600_000;
const path = 'year=2025/month=11/day=18/hour=14/part-1.parquet';

function openTable() {
  const parts = { now: Date.UTC(2025, 10, 18, 15), store: undefined as unknown as MemoryStore };
  const clock = () => parts.now;
  parts.store = new MemoryStore(clock);
  const options = { store: parts.store, name: 'plays' as const, stagingDirectory: tmpdir(), clock };
  parts.store.staged.set('staged', new Uint8Array(8));
  const file = { localPath: 'staged', path, bytes: 8, rows: 1, statistics: {} };
  return { parts, file, table: () => new LakeTable(options) };
}

test('entries older than a week go once a checkpoint covers them', async () => {
  const { parts, table } = openTable();
  const entry = (name: string) => `plays/_delta_log/${name}`;
  const writer = table();
  await writer.create();
  for (let version = 1; version <= 6; version += 1) await writer.log.commit('WRITE', () => []);
  parts.now += 8 * 24 * hour;
  for (let version = 7; version <= 9; version += 1) await writer.log.commit('WRITE', () => []);
  await writer.log.checkpoint();
  assert.equal((await vacuumTable(writer, 24 * hour)).logEntries, 7);
  const left = [...parts.store.objects.keys()].filter((key) => key.endsWith('.json')).sort();
  assert.deepEqual(
    left,
    [7, 8, 9].map((version) => entry(`${versionName(version)}.json`)),
  );
  assert.equal((await table().create()).version, 9);
});

test('a sink that stood still while vacuum swept its files cannot commit them', async (t) => {
  const { parts, file, table } = openTable();
  const [sink, upkeep] = [table(), table()];
  await sink.create();
  const put = parts.store.putIfAbsent.bind(parts.store);
  t.mock
    .method(
      parts.store,
      'putIfAbsent',
      async (key: string, bytes: Uint8Array) => {
        // Called for the sink's entry: a day passes before the request leaves, and vacuum runs meanwhile.
        parts.now += 25 * hour;
        assert.equal((await vacuumTable(upkeep, 24 * hour)).files, 1);
        return await put(key, bytes);
      },
      { times: 2 },
    )
    .mock.mockImplementationOnce(put, 0);
  await assert.rejects(sink.append({ files: [file], transactions: { a: 1 }, expected: {} }));
  const state = await table().create();
  assert.equal(state.files.size, 0);
  assert.equal(state.transactions.size, 0);
});

test('a file that is committed while vacuum lists is kept', async (t) => {
  const { parts, file, table } = openTable();
  const [sink, upkeep] = [table(), table()];
  await sink.create();
  const adds = await sink.upload([file], true);
  parts.now += 25 * hour;
  const list = parts.store.list.bind(parts.store);
  t.mock.method(parts.store, 'list', async function* (prefix: string) {
    // As if the request of a day ago arrived only now.
    yield* list(prefix);
    await sink.log.commit('WRITE', () => adds.map((add) => ({ add })));
  });
  assert.equal((await vacuumTable(upkeep, 24 * hour)).files, 0);
  assert.ok(parts.store.objects.has(`plays/${path}`));
});
