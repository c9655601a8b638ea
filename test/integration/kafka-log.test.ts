import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { openLog } from '../../src/log/index.ts';
import { describeEventLog } from '../log/contract.ts';
import { testKafka } from '../services/test-services.ts';
import { deleteTopics, location, openNewLog, readTopic } from './kafka-fixture.ts';

const { service, skip } = await testKafka();
const bootstrap = service?.bootstrap ?? '';

if (skip === false) describeEventLog('Kafka', (t) => openNewLog(t, bootstrap));
else test('Kafka: the contract of a log', { skip }, () => undefined);

test('records of a megabyte, without value, empty, and of noise come back whole', {
  skip,
}, async (t) => {
  const log = await openNewLog(t, bootstrap);
  const producer = await log.producer();
  const noise = randomBytes(1 << 20)
    .toString('base64')
    .slice(0, 1 << 20);
  const values = ['{"a":1}', null, '', noise, '\u0000\u0001\n', '{"b":2}'];
  for (const value of values) await producer.send('dead_letters', { key: 'k', value });
  await producer.close();
  const read = await readTopic(log, 'dead_letters', 100_000);
  assert.deepEqual(
    read.map((record) => record.value),
    values,
  );
  assert.deepEqual(
    read.map((record) => record.offset),
    [0, 1, 2, 3, 4, 5],
  );
});

test('a record that the topic does not take is refused in one sentence', { skip }, async (t) => {
  const log = await openNewLog(t, bootstrap);
  const producer = await log.producer();
  await producer.send('plays', { key: 'k', value: randomBytes(9 << 20) });
  await assert.rejects(producer.flush(), { code: 'TNA_LOG_RECORD_TOO_LARGE' });
});

test('more than the buffer holds makes the sender wait, and all of it arrives', {
  skip,
}, async (t) => {
  const log = await openNewLog(t, bootstrap);
  const producer = await log.producer();
  const value = randomBytes(100_000);
  let waits = 0;
  for (let number = 0; number < 600; number += 1) {
    const answer = producer.send('plays', { key: `user-${number}`, value });
    if (answer !== undefined) waits += 1;
    await answer;
  }
  await producer.close();
  assert.ok(waits > 0);
  const ranges = await log.offsets(['plays']);
  assert.equal(
    ranges.reduce((sum, range) => sum + range.latest, 0),
    600,
  );
});

test('history keeps its times of receipt, and the broker does not count them as age', {
  skip,
}, async (t) => {
  const log = await openNewLog(t, bootstrap);
  const producer = await log.producer();
  const old = Date.UTC(2020, 0, 1, 12);
  const ahead = Date.now() + 5 * 3_600_000;
  for (const timestamp of [old, ahead]) {
    await producer.send('dead_letters', { key: 'k', value: 'x', timestamp });
  }
  await producer.close();
  const batch = (await log.fetch('dead_letters', 0, 0, 1000))!;
  assert.deepEqual([batch.timestamp(0), batch.timestamp(1)], [old, ahead]);
  assert.equal(await log.offsetForTimestamp('dead_letters', 0, Date.now() - 60_000), 0);
});

test('brokers that are not there are named within seconds, without the password', {
  skip,
}, async () => {
  await assert.rejects(
    openLog({
      kind: 'kafka',
      brokers: ['127.0.0.1:1'],
      tls: false,
      sasl: { mechanism: 'PLAIN', username: 'ana', password: 'secret-word' },
    }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'TNA_LOG_UNREACHABLE');
      assert.match(error.message, /Kafka at 127\.0\.0\.1:1 does not answer/);
      assert.doesNotMatch(error.message, /secret-word/);
      return true;
    },
  );
});

test('two processes that open an empty cluster at once both find its topics', {
  skip,
}, async () => {
  await deleteTopics(bootstrap);
  const logs = await Promise.all(Array.from({ length: 3 }, () => openLog(location(bootstrap))));
  for (const log of logs) {
    assert.equal((await log.offsets()).length, 17);
    await log.close();
  }
});
