import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { reconcile } from '../../src/lake/accounting.ts';
import { ForgottenListeners } from '../../src/lake/forgotten.ts';
import { openDeadLetters } from '../../src/lake/read-dead-letters.ts';
import { replayDeadLetters } from '../../src/lake/replay-dead-letters.ts';
import { drain, event, openParts, rowsOfTable, temporaryConfig } from './lake-fixture.ts';

const now = Date.UTC(2025, 10, 18, 12);

/**
 * Letters that lie in the lake although they keep their contract, as after the contract was widened:
 * refused with a value that is wrong, whose text is then as a widened contract would take it.
 */
async function withLetters(t: TestContext) {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config, () => now);
  const producer = await log.producer();
  const send = (value: unknown, timestamp: number) =>
    producer.send('plays', { key: 'user-1', value: JSON.stringify(value), timestamp });
  await send(event('plays', 1), now - 7_200_000);
  await send(event('plays', 2, { device: 'fridge' }), now - 7_200_000);
  await send(event('plays', 3, { duration: 'long' }), now - 3_600_000);
  await producer.send('likes', { key: null, value: 'not json', timestamp: now - 1000 });
  await producer.flush();
  await drain(config, log, lake, () => now);
  return { config, log, lake };
}

/** The contract as it is after the fix: it knows fridges. */
async function widened<T>(work: () => Promise<T>): Promise<T> {
  const { topics } = await import('../../contracts/index.ts');
  const { z } = await import('zod');
  const original = topics.plays.schema;
  const schema = original.extend({ device: z.string() });
  Object.assign(topics.plays, { schema });
  try {
    return await work();
  } finally {
    Object.assign(topics.plays, { schema: original });
  }
}

test('letters are listed by reason, topic, field, time and state, newest first', async (t) => {
  const { lake } = await withLetters(t);
  const letters = await openDeadLetters(lake);
  t.after(() => letters.close());
  const ids = async (filter: Parameters<typeof letters.list>[0], limit = 10) =>
    (await letters.list(filter, limit)).map((letter) => letter.code);
  assert.deepEqual(await ids({}), [
    'TNA_CONTRACT_NOT_JSON',
    'TNA_CONTRACT_WRONG_TYPE',
    'TNA_CONTRACT_INVALID_VALUE',
  ]);
  assert.equal((await ids({}, 2)).length, 2);
  assert.deepEqual(await ids({ field: 'device' }), ['TNA_CONTRACT_INVALID_VALUE']);
  assert.deepEqual(await ids({ topic: 'likes' }), ['TNA_CONTRACT_NOT_JSON']);
  assert.deepEqual(await ids({ code: 'TNA_CONTRACT_WRONG_TYPE' }), ['TNA_CONTRACT_WRONG_TYPE']);
  assert.deepEqual(await ids({ from: now - 3_600_000, to: now - 1000 }), [
    'TNA_CONTRACT_WRONG_TYPE',
  ]);
  assert.deepEqual(await ids({ state: 'replayed' }), []);
  const [letter] = await letters.list({ field: 'device' }, 1);
  assert.equal(JSON.parse(letter!.raw).device, 'fridge');
  assert.equal(letter!.received_at, new Date(now - 7_200_000).toISOString());
});

test('letters that keep their contract now are stored once, however often replay runs', async (t) => {
  const { config, log, lake } = await withLetters(t);
  const replay = (options = {}) =>
    replayDeadLetters({ lake, log, clock: () => now, filter: {}, ...options });
  assert.deepEqual((await replay()).replayed, {});
  await widened(async () => {
    const looked = await replay({ dryRun: true });
    assert.deepEqual(looked, {
      looked_at: 3,
      replayed: { plays: 1 },
      refused: { TNA_CONTRACT_WRONG_TYPE: 1, TNA_CONTRACT_NOT_JSON: 1 },
    });
    assert.deepEqual((await replay()).replayed, { plays: 1 });
    assert.deepEqual((await replay()).replayed, {});
    await drain(config, log, lake, () => now);
  });
  const stored = await rowsOfTable(lake, 'plays', 'select device from files order by device');
  assert.deepEqual(
    stored.map(({ device }) => device),
    ['fridge', 'mobile'],
  );
  const letters = await openDeadLetters(lake);
  t.after(() => letters.close());
  assert.deepEqual(
    (await letters.list({ state: 'replayed' }, 10)).map((one) => [one.field, one.replayed_at]),
    [['device', new Date(now).toISOString()]],
  );
  const device = (await letters.reasons({})).find((reason) => reason.field === 'device');
  assert.deepEqual([device?.waiting, device?.replayed], [0, 1]);
  // Four records came, one came again: every offset is a row or a letter.
  assert.deepEqual(await reconcile(log, lake), { offsets: 5, stored: 2, refused: 3, erased: 0 });
});

test('a crash after sending and before remembering sends nothing twice', async (t) => {
  const { config, log, lake } = await withLetters(t);
  const store = lake.store;
  const put = store.putIfAbsent.bind(store);
  store.putIfAbsent = async (key, bytes) => {
    if (key.startsWith('_replays/')) throw new Error('crashed');
    return await put(key, bytes);
  };
  const replay = () => replayDeadLetters({ lake, log, clock: () => now, filter: {} });
  await widened(async () => {
    await assert.rejects(replay(), /crashed/);
    store.putIfAbsent = put;
    await replay();
    await drain(config, log, lake, () => now);
  });
  assert.equal((await rowsOfTable(lake, 'plays', 'select * from files')).length, 2);
});

test('no letter of somebody who was erased is sent again', async (t) => {
  const { lake, log } = await withLetters(t);
  // Erased while the letters are on their way: the list knows, the table does not yet.
  const list = await ForgottenListeners.open(lake.store);
  for (const user of ['user-2', 'user-3']) await list.record('forget', user, now);
  const result = await widened(() =>
    replayDeadLetters({ lake, log, clock: () => now, filter: {} }),
  );
  assert.deepEqual(result, {
    looked_at: 3,
    replayed: {},
    refused: { TNA_LISTENER_FORGOTTEN: 2, TNA_CONTRACT_NOT_JSON: 1 },
  });
});
