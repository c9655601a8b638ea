import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eraseListener } from '../../src/erasure/index.ts';
import { reconcile } from '../../src/lake/accounting.ts';
import { openAccounts } from '../../src/sources/spotify-api/index.ts';
import { drain, event, openParts, rowsOfTable, temporaryConfig } from '../lake/lake-fixture.ts';
import { testKafka, testS3Server } from '../services/test-services.ts';
import { deleteTopics, readTopic } from './kafka-fixture.ts';
import { s3Settings } from './s3-fixture.ts';

const kafka = await testKafka();
const s3 = await testS3Server();
const bootstrap = kafka.service?.bootstrap ?? '';
const ana = 'listener-7f3a9c';

test('on Kafka and S3 a listener is gone from every topic and object, and the others keep every row', {
  skip: kafka.skip || s3.skip,
}, async (t) => {
  await deleteTopics(bootstrap);
  const config = await temporaryConfig(t, {
    ...s3Settings(s3.service),
    TONEARM_LOG: `kafka://${bootstrap}`,
  });
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  for (let number = 0; number < 300; number += 1) {
    const user = number % 3 === 0 ? ana : `other-${number % 5}`;
    for (const topic of ['starts', 'plays', 'likes'] as const) {
      const value = JSON.stringify(event(topic, number, { user_id: user }));
      await producer.send(topic, { key: user, value });
    }
  }
  await producer.send('plays', { key: null, value: `{"user_id":"${ana}", broken` });
  await producer.flush();
  await drain(config, log, lake);
  // What the sink has not stored yet must not be lost with the records before it.
  for (let number = 300; number < 330; number += 1) {
    const user = number % 3 === 0 ? ana : `other-${number % 5}`;
    const value = JSON.stringify(event('plays', number, { user_id: user }));
    await producer.send('plays', { key: user, value });
  }
  await producer.close();

  const report = await eraseListener({
    config,
    log,
    lake,
    user: ana,
    accounts: openAccounts(config),
    access: { forget: () => 0 },
    clock: Date.now,
    wait: (ms) => delay(Math.min(ms, 50)),
  });
  assert.equal(report.clean, true, JSON.stringify(report.proof));
  assert.deepEqual(report.readable, {});
  assert.ok(Date.parse(report.log_bytes_until!) > Date.now());
  for (const topic of ['starts', 'plays', 'likes', 'dead_letters'] as const) {
    for (const { key, value } of await readTopic(log, topic)) {
      assert.ok(key !== ana && !value?.includes(ana), `${topic}: ${value}`);
    }
  }
  const copies = await readdir(config.stagingDirectory, { recursive: true });
  for await (const { key } of lake.store.list('')) {
    const bytes = Buffer.from((await lake.store.get(key))!);
    assert.equal(bytes.includes(ana), false, key);
  }
  for (const name of copies) {
    const bytes = await readFile(join(config.stagingDirectory, name)).catch(() => Buffer.alloc(0));
    assert.equal(bytes.includes(ana), false, name);
  }
  await drain(config, log, lake);
  const [plays] = await rowsOfTable(
    lake,
    'plays',
    `select count(*)::int as n, count(*) filter (user_id = '${ana}')::int as theirs from files`,
  );
  assert.deepEqual(plays, { n: 220, theirs: 0 });
  const totals = await reconcile(log, lake);
  assert.equal(totals.erased, 100 + 10 + 100 + 1);
});
