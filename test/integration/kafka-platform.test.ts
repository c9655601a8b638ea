import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Producer } from '@platformatic/kafka';
import { positionId } from '../../src/lake/position.ts';
import { LiveView } from '../../src/live/index.ts';
import { drain, event, openParts, rowsOfTable, temporaryConfig } from '../lake/lake-fixture.ts';
import { encode, playEvent, startEvent } from '../live/listening-events.ts';
import { testKafka } from '../services/test-services.ts';
import { deleteTopics, openNewLog } from './kafka-fixture.ts';

const { service, skip } = await testKafka();
const bootstrap = service?.bootstrap ?? '';

test('the sink stores what was committed to Kafka exactly once, and has caught up behind aborted records', {
  skip,
}, async (t) => {
  await deleteTopics(bootstrap);
  const config = await temporaryConfig(t, { TONEARM_LOG: `kafka://${bootstrap}` });
  const { log, lake } = await openParts(t, config);
  const transactional = new Producer({
    clientId: 'test',
    bootstrapBrokers: [bootstrap],
    transactionalId: 'sink-test',
    idempotent: true,
    producerId: -1n,
    producerEpoch: -1,
  });
  t.after(() => transactional.close(true));
  const inTransaction = async (numbers: readonly number[], commit: boolean) => {
    const transaction = await transactional.beginTransaction();
    await transaction.send({
      messages: numbers.map((number) => ({
        topic: 'plays',
        key: Buffer.from(`user-${number % 7}`),
        value: Buffer.from(JSON.stringify(event('plays', number))),
      })),
    });
    await (commit ? transaction.commit() : transaction.abort());
  };
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
  const producer = await log.producer();
  await inTransaction(range(0, 50), true);
  await inTransaction(range(1000, 1050), false);
  for (const number of range(50, 90)) {
    await producer.send('plays', {
      key: `user-${number % 7}`,
      value: JSON.stringify(event('plays', number)),
    });
  }
  await producer.send('plays', { key: 'user-1', value: null });
  await producer.send('plays', { key: 'user-1', value: '{"broken"' });
  await producer.close();
  await inTransaction(range(1050, 1100), false);

  const first = await drain(config, log, lake);
  assert.equal(first.committed.plays, 90);
  assert.equal(first.committed.dead_letters, 2);
  const second = await drain(config, log, lake);
  assert.equal(second.committed.plays, 0);
  const rows = await rowsOfTable(
    lake,
    'plays',
    'select count(*)::int as rows, count(distinct event_id)::int as ids, count(distinct (_partition, _offset))::int as places from files',
  );
  assert.deepEqual(rows, [{ rows: 90, ids: 90, places: 90 }]);
  const letters = await log.offsets(['dead_letters']);
  assert.equal(letters[0]!.latest, 2);

  for (const { partition, latest } of await log.offsets(['plays'])) {
    const id = positionId('plays', partition);
    const stored = lake.tables.plays.log.state.transactions.get(id)?.version ?? 0;
    assert.equal(stored, latest, `plays/${partition}`);
  }
});

test('the live view rebuilds from Kafka and then follows it', { skip }, async (t) => {
  const log = await openNewLog(t, bootstrap);
  const producer = await log.producer({ lingerMs: 5 });
  const before = Date.now() - 60_000;
  await producer.send('starts', {
    key: 'ana',
    value: encode(startEvent({ at: before, user_id: 'ana', track: 'Early' })),
    timestamp: before,
  });
  await producer.flush();
  const view = new LiveView({ log, clock: Date.now });
  t.after(() => view.close());
  view.start();
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const stop = view.onChange(() => {
        if (!holds()) return;
        stop();
        resolve();
      });
      if (holds()) resolve();
    });
  await until(() => view.snapshot().listeners_playing === 1);
  await producer.send('starts', {
    key: 'bob',
    value: encode(startEvent({ at: Date.now(), user_id: 'bob', track: 'Late' })),
  });
  await producer.send('plays', {
    key: 'ana',
    value: encode(playEvent({ at: before, user_id: 'ana', track: 'Early' })),
  });
  await producer.flush();
  await until(() => view.snapshot().now_playing.some((one) => one.user_id === 'bob'));
  await until(() => view.snapshot().behind_records === 0);
});
