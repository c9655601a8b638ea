import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { compactTable } from '../../src/lake/compaction.ts';
import { openLake, openStore } from '../../src/lake/index.ts';
import { vacuumTable } from '../../src/lake/vacuum.ts';
import { producerOutput, simulateHistory } from '../../src/sources/simulator/index.ts';
import { type Fault, type FaultRequest, startFaultProxy } from '../lake/fault-proxy.ts';
import { drain, openParts, temporaryConfig } from '../lake/lake-fixture.ts';
import { testS3Server } from '../services/test-services.ts';
import { s3Settings } from './s3-fixture.ts';
import { assertStoredOnce } from './stored-once.ts';

const { service, skip } = await testS3Server();

/** A lake behind a proxy with faults, and the same lake reached directly. */
async function lakeBehind(
  t: TestContext,
  choose: (request: FaultRequest) => Fault | undefined,
  seconds = '0.5',
) {
  const proxy = await startFaultProxy(t, service!.endpoint, choose);
  const settings = s3Settings(service, {
    TONEARM_FLUSH_MEGABYTES: '0.3',
    TONEARM_S3_TIMEOUT_SECONDS: seconds,
  });
  const direct = await temporaryConfig(t, settings);
  const faulty = await temporaryConfig(t, { ...settings, AWS_ENDPOINT_URL: proxy.endpoint });
  return { proxy, direct, faulty };
}

/** Every k-th request, from a beginning on; a request that failed is not hit again at once. */
const everyNth =
  (nth: number, fault: Fault, method?: string) =>
  ({ number, method: found }: FaultRequest): Fault | undefined =>
    number % nth === nth - 1 && (method === undefined || method === found) ? fault : undefined;

/** A sink through the proxy; afterwards the lake, read directly, has everything once and nothing else. */
async function sinkThrough(t: TestContext, choose: (request: FaultRequest) => Fault | undefined) {
  const { proxy, direct, faulty } = await lakeBehind(t, choose);
  const { log, lake } = await openParts(t, faulty);
  const producer = await log.producer();
  const made = { seed: 3, users: 1500, tracks: 200, events: 4000, faults: { malformed: 0.01 } };
  const { produced } = await simulateHistory(made, producerOutput(producer));
  await drain(faulty, log, lake);
  const hours = (await compactTable(lake.tables.plays)).hours;
  const again = await drain(faulty, log, lake);
  assert.equal(again.committed.plays, 0);

  const own = await openLake(direct, Date.now);
  await assertStoredOnce(own, produced, false);
  for (const table of Object.values(own.tables)) {
    await vacuumTable(table, -60_000);
    const stored: string[] = [];
    for await (const { key } of own.store.list(`${table.name}/`)) {
      if (!key.includes('/_delta_log/')) stored.push(key);
    }
    assert.deepEqual(
      stored.sort(),
      [...table.log.state.files.keys()].map((path) => table.key(path)).sort(),
      'orphans are swept and nothing else',
    );
  }
  await assertStoredOnce(own, produced, false);
  const done = Object.entries(proxy.faults).map(([fault, times]) => `${times} ${fault}`);
  t.diagnostic(`${proxy.seen.length} requests, ${done.join(', ')}, ${hours} hours compacted`);
  return proxy;
}

const faults: [string, Fault, number, string?][] = [
  ['500 to every third request', 'error', 3],
  ['503 SlowDown to every second request', 'slow-down', 2],
  ['connections that break before the request is done', 'reset', 4],
  ['connections that break after a write was done', 'reset-reply', 3, 'PUT'],
  ['writes whose answer never comes', 'lost-reply', 12, 'PUT'],
  ['answers that trickle', 'trickle', 5, 'GET'],
  ['answers that are cut in the middle', 'cut', 4, 'GET'],
];
for (const [what, fault, nth, method] of faults) {
  test(`through ${what}, the sink stores every event once`, { skip }, async (t) => {
    const proxy = await sinkThrough(t, everyNth(nth, fault, method));
    assert.ok((proxy.faults[fault] ?? 0) >= 5, `${fault}: ${proxy.faults[fault]}`);
  });
}

test('every commit whose answer is lost is known as our own', { skip }, async (t) => {
  const proxy = await sinkThrough(t, ({ method, path, repetition }) =>
    method === 'PUT' && path.includes('/_delta_log/') && repetition === 0
      ? 'reset-reply'
      : undefined,
  );
  assert.ok(proxy.faults['reset-reply']! > 10);
});

test('a write whose answer is lost is told from one that another writer made', {
  skip,
}, async (t) => {
  const { proxy, direct, faulty } = await lakeBehind(t, ({ method, path, repetition }) => {
    if (method !== 'PUT' || repetition > 0) return undefined;
    return path.includes('/own') ? 'reset-reply' : 'reset';
  });
  const store = await openStore(faulty.lake);
  const other = await openStore(direct.lake);
  const bytes = Buffer.from('the same bytes');
  assert.equal(await store.putIfAbsent('log/own', bytes), true);
  assert.equal(await store.putIfAbsent('log/own', bytes), false);
  await other.putIfAbsent('log/theirs', bytes);
  assert.equal(await store.putIfAbsent('log/theirs', bytes), false);
  const local = join(faulty.dataDirectory, 'small');
  await writeFile(local, bytes);
  assert.equal(await store.uploadIfAbsent('log/own-file', local), true);
  await writeFile(local, bytes);
  await other.putIfAbsent('log/their-file', bytes);
  assert.equal(await store.uploadIfAbsent('log/their-file', local), false);
  assert.deepEqual(proxy.faults, { 'reset-reply': 2, reset: 2 });
});

test('an upload in parts gets over every lost answer, and gives parts back when it fails', {
  skip,
}, async (t) => {
  const { proxy, direct, faulty } = await lakeBehind(t, ({ path, repetition }) =>
    repetition === 0 && /partNumber|uploadId/.test(path) ? 'reset-reply' : undefined,
  );
  const store = await openStore(faulty.lake);
  const bytes = Buffer.alloc(40 * 1024 * 1024, 'parquet');
  const local = join(faulty.dataDirectory, 'large');
  await writeFile(local, bytes);
  assert.equal(await store.uploadIfAbsent('plays/large', local), true);
  assert.ok(bytes.equals((await (await openStore(direct.lake)).get('plays/large'))!));
  assert.equal(proxy.faults['reset-reply'], 4);
  await writeFile(local, bytes);
  assert.equal(await store.uploadIfAbsent('plays/large', local), false);
  assert.equal(await store.endAbandonedUploads('plays', Date.now() + 60_000), 0);
});

test('parts of a writer that died are swept by vacuum', { skip }, async (t) => {
  const { direct, faulty } = await lakeBehind(
    t,
    ({ method, path }) => (/uploadId/.test(path) && method !== 'GET' ? 'reset' : undefined),
    '0.2',
  );
  const lake = await openLake(direct, Date.now);
  const local = join(faulty.dataDirectory, 'large');
  await writeFile(local, Buffer.alloc(20 * 1024 * 1024, 'parquet'));
  const broken = await openStore(faulty.lake);
  await assert.rejects(broken.uploadIfAbsent('plays/large', local), {
    code: 'TNA_LAKE_UNREACHABLE',
  });
  assert.equal((await vacuumTable(lake.tables.plays, 3_600_000)).uploads, 0);
  assert.equal((await vacuumTable(lake.tables.plays, -60_000)).uploads, 1);
  assert.equal((await vacuumTable(lake.tables.plays, -60_000)).uploads, 0);
});

test('a store that stays away ends the sink with one clear error; later it goes on without loss', {
  skip,
}, async (t) => {
  let isAway = false;
  const { direct, faulty } = await lakeBehind(t, ({ number }) =>
    isAway ? (['error', 'reset', 'lost-reply'] as const)[number % 3] : undefined,
  );
  const { log, lake } = await openParts(t, faulty);
  const producer = await log.producer();
  const made = { seed: 8, users: 20, tracks: 100, events: 3000 };
  const { produced } = await simulateHistory(made, producerOutput(producer));
  const sinking = drain(faulty, log, lake);
  isAway = true;
  await assert.rejects(sinking, { code: 'TNA_LAKE_UNREACHABLE' });
  isAway = false;
  const again = await openLake(faulty, Date.now);
  // The sign of life that the first sink could not take back names a process that lives: this one.
  for await (const { key } of again.store.list('_sinks')) await again.store.delete(key);
  await drain(faulty, log, again);
  await assertStoredOnce(await openLake(direct, Date.now), produced, false);
});
