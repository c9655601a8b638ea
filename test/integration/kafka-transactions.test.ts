import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Producer } from '@platformatic/kafka';
import fc from 'fast-check';
import { openLog } from '../../src/log/index.ts';
import { testKafka } from '../services/test-services.ts';
import { location, openNewLog, readTopic } from './kafka-fixture.ts';

const { service, skip } = await testKafka();
const bootstrap = service?.bootstrap ?? '';
let opened = 0;

/** A transactional producer. Its identity is asked for anew: the client's own restart is fenced. */
function transactional(t: TestContext) {
  opened += 1;
  const producer = new Producer({
    clientId: 'test',
    bootstrapBrokers: [bootstrap],
    transactionalId: `test-${opened}`,
    idempotent: true,
    producerId: -1n,
    producerEpoch: -1,
  });
  t.after(() => producer.close(true));
  return {
    async run(values: readonly string[], commit: boolean): Promise<void> {
      const transaction = await producer.beginTransaction();
      for (const value of values) {
        await transaction.send({
          messages: [{ topic: 'dead_letters', key: Buffer.from('k'), value: Buffer.from(value) }],
        });
      }
      await (commit ? transaction.commit() : transaction.abort());
    },
  };
}

test('records of aborted transactions never surface, at any size of fetch', { skip }, async (t) => {
  const log = await openNewLog(t, bootstrap);
  const [first, second] = [transactional(t), transactional(t)];
  const plain = await log.producer();
  const expected: string[] = [];
  const write = async (producer: typeof first, name: string, count: number, commit: boolean) => {
    const values = Array.from(
      { length: count },
      (_, number) => `${name}-${number}-${'x'.repeat(300)}`,
    );
    await producer.run(values, commit);
    if (commit) expected.push(...values);
  };
  for (let round = 0; round < 4; round += 1) {
    await write(first, `aborted-${round}`, 5, false);
    await write(second, `committed-${round}`, 3, true);
    await write(first, `aborted-again-${round}`, 4, false);
    await write(first, `kept-${round}`, 2, true);
    await plain.send('dead_letters', { key: 'k', value: `plain-${round}` });
    await plain.flush();
    expected.push(`plain-${round}`);
  }
  await write(second, 'aborted-at-the-end', 3, false);
  for (const maxBytes of [1, 700, 2000, 1 << 20]) {
    const read = await readTopic(log, 'dead_letters', maxBytes);
    assert.deepEqual(
      read.map((record) => record.value),
      expected,
      `in fetches of ${maxBytes} bytes`,
    );
  }
  // Markers and rolled back records at the end are passed, so that a reader has caught up.
  const [range] = await log.offsets(['dead_letters']);
  let offset = range!.earliest;
  while (offset < range!.latest)
    offset = (await log.fetch('dead_letters', 0, offset, 1))!.nextOffset;
  assert.equal(offset, range!.latest);
  assert.equal(await log.fetch('dead_letters', 0, offset, 1), undefined);
});

test('a reader that begins anywhere, also inside an aborted transaction, sees the same records', {
  skip,
}, async (t) => {
  const log = await openNewLog(t, bootstrap);
  const [first, second] = [transactional(t), transactional(t)];
  for (let round = 0; round < 3; round += 1) {
    await first.run(
      ['a', 'b', 'c'].map((name) => `aborted-${round}-${name}`),
      false,
    );
    await Promise.all([
      second.run([`committed-${round}-a`, `committed-${round}-b`], true),
      first.run([`aborted-too-${round}-a`, `aborted-too-${round}-b`], false),
    ]);
  }
  const all = await readTopic(log, 'dead_letters');
  assert.equal(all.length, 6);
  const [range] = await log.offsets(['dead_letters']);
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: range!.latest }),
      fc.integer({ min: 1, max: 600 }),
      async (from, maxBytes) => {
        // A reader of its own: it knows nothing from before.
        const reader = await openLog(location(bootstrap));
        try {
          const seen: number[] = [];
          for (let offset = from; offset < range!.latest; ) {
            const batch = await reader.fetch('dead_letters', 0, offset, maxBytes);
            if (batch === undefined) break;
            for (let index = 0; index < batch.count; index += 1) seen.push(batch.offset(index));
            offset = batch.nextOffset;
          }
          assert.deepEqual(
            seen,
            all.map((record) => record.offset).filter((offset) => offset >= from),
          );
        } finally {
          await reader.close();
        }
      },
    ),
    { numRuns: 25 },
  );
});

test('an open transaction holds back what follows it until it ends', { skip }, async (t) => {
  const log = await openNewLog(t, bootstrap);
  const producer = new Producer({
    clientId: 'test',
    bootstrapBrokers: [bootstrap],
    transactionalId: 'open-one',
    idempotent: true,
    producerId: -1n,
    producerEpoch: -1,
  });
  t.after(() => producer.close(true));
  const transaction = await producer.beginTransaction();
  await transaction.send({ messages: [{ topic: 'dead_letters', value: Buffer.from('in doubt') }] });
  const plain = await log.producer();
  await plain.send('dead_letters', { key: 'k', value: 'after it' });
  await plain.flush();
  assert.equal((await log.offsets(['dead_letters']))[0]!.latest, 0);
  assert.equal(await log.fetch('dead_letters', 0, 0, 1000), undefined);
  await log.waitForAppend(0);
  const waiting = log.waitForAppend(10_000);
  await transaction.commit();
  assert.equal(await waiting, true);
  assert.deepEqual(
    (await readTopic(log, 'dead_letters')).map((record) => record.value),
    ['in doubt', 'after it'],
  );
});
