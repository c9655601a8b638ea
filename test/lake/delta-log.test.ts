import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { readLastCheckpoint } from '../../src/lake/checkpoint.ts';
import { type Action, commitId, decodeActions, versionName } from '../../src/lake/delta-actions.ts';
import { DeltaLog } from '../../src/lake/delta-log.ts';
import type { Store } from '../../src/lake/store.ts';
import { FaultyStore } from './faulty-store.ts';
import { MemoryStore } from './memory-store.ts';

const hour = 3_600_000;

class Bench {
  now = Date.UTC(2025, 10, 18);
  readonly store = new MemoryStore(() => this.now);
  readonly stagingDirectory: string;
  waits: number[] = [];

  constructor(stagingDirectory: string) {
    this.stagingDirectory = stagingDirectory;
  }

  log(checkpointInterval = Number.POSITIVE_INFINITY, store: Store = this.store): DeltaLog {
    return new DeltaLog({
      store,
      table: 'plays',
      stagingDirectory: this.stagingDirectory,
      clock: () => this.now,
      wait: async (ms) => this.waits.push(ms),
      random: () => 1,
      checkpointInterval,
    });
  }
}

async function bench(t: TestContext): Promise<Bench> {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return new Bench(directory);
}

const position = (appId: string, version: number): Action => ({ txn: { appId, version } });
const stored = (log: DeltaLog, appId: string) => log.state.transactions.get(appId)?.version;
const entryKey = (version: number) => `plays/_delta_log/${versionName(version)}.json`;

test('each commit has a name of its own in its entry', async (t) => {
  const { store, log } = await bench(t).then((b) => ({ store: b.store, log: b.log() }));
  await log.commit('WRITE', () => [position('a', 1)]);
  await log.commit('WRITE', () => [position('a', 2)]);
  const names = [0, 1].map((version) =>
    commitId(decodeActions(store.objects.get(entryKey(version))!.bytes)),
  );
  assert.match(String(names[0]), /^[0-9a-f-]{36}$/);
  assert.notEqual(names[0], names[1]);
});

for (const reply of ['an error', 'that the entry exists'] as const) {
  test(`a commit that was done is recognised when the reply is ${reply}`, async (t) => {
    const parts = await bench(t);
    const log = parts.log();
    const put = parts.store.putIfAbsent.bind(parts.store);
    t.mock.method(parts.store, 'putIfAbsent', async (key: string, bytes: Uint8Array) => {
      await put(key, bytes);
      if (reply === 'an error') throw new Error('The connection was reset.');
      return false;
    });
    let prepared = 0;
    const version = await log.commit('WRITE', () => {
      prepared += 1;
      return [position('a', 7)];
    });
    assert.deepEqual(
      { version, prepared, stored: stored(log, 'a') },
      { version: 0, prepared: 1, stored: 7 },
    );
  });
}

test('an error of the store is passed on when the entry is not there', async (t) => {
  const parts = await bench(t);
  const log = parts.log();
  t.mock.method(parts.store, 'putIfAbsent', async () => {
    throw new Error('No route to the store.');
  });
  await assert.rejects(
    log.commit('WRITE', () => [position('a', 1)]),
    /No route to the store/,
  );
});

test('a writer that lost asks again with what the winner committed, and waits longer each time', async (t) => {
  const parts = await bench(t);
  const [first, second] = [parts.log(), parts.log()];
  await first.commit('WRITE', () => [position('a', 1)]);
  const seen: (number | undefined)[] = [];
  let rivals = 3;
  await second.refresh();
  const put = parts.store.putIfAbsent.bind(parts.store);
  t.mock.method(parts.store, 'putIfAbsent', async (key: string, bytes: Uint8Array) => {
    if (rivals > 0) {
      rivals -= 1;
      await put(key, new TextEncoder().encode(JSON.stringify(position('a', 10 - rivals))));
    }
    return await put(key, bytes);
  });
  const version = await second.commit('WRITE', (state) => {
    seen.push(state.transactions.get('a')?.version);
    return [position('b', 1)];
  });
  assert.equal(version, 4);
  assert.deepEqual(seen, [1, 8, 9, 10]);
  assert.deepEqual(parts.waits, [50, 100, 200]);
});

test('calls on one log may overlap: the state never goes back and no position is taken twice', async (t) => {
  const parts = await bench(t);
  const next = (state: DeltaLog['state']) => [
    position('a', (state.transactions.get('a')?.version ?? 0) + 1),
  ];
  const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    parts.store.objects.clear();
    const plan = { faults: [], crashAfter: Number.POSITIVE_INFINITY };
    const shared = parts.log(undefined, new FaultyStore(parts.store, scheduler, 'shared', plan));
    const other = parts.log(undefined, new FaultyStore(parts.store, scheduler, 'other', plan));
    let highest = -1;
    const watch = () => {
      assert.ok(shared.state.version >= highest, 'the version went back');
      assert.equal(
        stored(shared, 'a') ?? 0,
        shared.state.version + 1,
        'the state is of its version',
      );
      highest = shared.state.version;
    };
    const work = [1, 2, 3].flatMap(() => [
      shared.refresh().then(watch),
      shared.commit('WRITE', next).then(watch),
      other.commit('WRITE', next),
    ]);
    await scheduler.waitFor(Promise.all(work));
    await scheduler.waitFor(shared.refresh());
    assert.equal(stored(shared, 'a'), 6);
    assert.equal(shared.state.version, 5);
  });
  await fc.assert(property, { numRuns: 60 });
});

test('many missed entries are read at once, a log without news costs one request', async (t) => {
  const parts = await bench(t);
  const [writer, reader] = [parts.log(), parts.log()];
  await reader.refresh();
  for (let count = 1; count <= 40; count += 1) {
    await writer.commit('WRITE', () => [position('a', count)]);
  }
  await reader.refresh();
  assert.equal(stored(reader, 'a'), 40);
  const get = t.mock.method(parts.store, 'get');
  await reader.refresh();
  assert.equal(get.mock.callCount(), 1);
});

test('a checkpoint that cannot be written does not undo the commit, and the next one is tried', async (t) => {
  const parts = await bench(t);
  const log = parts.log(2);
  const broken = t.mock.method(parts.store, 'uploadIfAbsent', async () => {
    throw new Error('The disk is full.');
  });
  for (let count = 0; count <= 2; count += 1) {
    assert.equal(await log.commit('WRITE', () => [position('a', count)]), count);
  }
  assert.match(String(log.checkpointFailure), /The disk is full/);
  assert.equal(await readLastCheckpoint(parts.store, 'plays'), undefined);
  broken.mock.restore();
  for (let count = 3; count <= 4; count += 1)
    await log.commit('WRITE', () => [position('a', count)]);
  assert.equal(log.checkpointFailure, undefined);
  assert.equal((await readLastCheckpoint(parts.store, 'plays'))?.version, 4);
});

test('a writer that slept while its entries were cleaned away starts over from the checkpoint', async (t) => {
  const parts = await bench(t);
  const [writer, sleeper] = [parts.log(4), parts.log(4)];
  await writer.commit('WRITE', () => [position('a', 0)]);
  await sleeper.refresh();
  for (let count = 1; count <= 9; count += 1) {
    await writer.commit('WRITE', () => [position('a', count)]);
  }
  for (let version = 0; version < 8; version += 1) parts.store.objects.delete(entryKey(version));
  parts.now += 30 * 24 * hour;
  const version = await sleeper.commit('WRITE', (state) => [
    position('a', (state.transactions.get('a')?.version ?? 0) + 1),
  ]);
  assert.deepEqual({ version, stored: stored(sleeper, 'a') }, { version: 10, stored: 10 });
});

test('a process that stood still for days inside a commit does not trust the version that it took', async (t) => {
  const parts = await bench(t);
  const log = parts.log();
  await log.commit('WRITE', () => [position('a', 1)]);
  const put = parts.store.putIfAbsent.bind(parts.store);
  t.mock.method(parts.store, 'putIfAbsent', async (key: string, bytes: Uint8Array) => {
    parts.now += 8 * 24 * hour;
    return await put(key, bytes);
  });
  await assert.rejects(
    log.commit('WRITE', () => [position('a', 2)]),
    { code: 'TNA_LAKE_CONTENTION' },
  );
  assert.equal(log.state.version, -1, 'the table is read afresh');
});
