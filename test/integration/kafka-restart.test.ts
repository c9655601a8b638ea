import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testKafka } from '../services/test-services.ts';
import { openNewLog, readTopic } from './kafka-fixture.ts';

const { service, restart, skip } = await testKafka();

for (const [name, end] of [
  ['stopped', () => service!.stop()],
  ['killed', () => service!.kill()],
] as const) {
  test(`the broker is ${name} and started again while records flow: each is there once, in order`, {
    skip,
    timeout: 120_000,
  }, async (t) => {
    const log = await openNewLog(t, service!.bootstrap);
    const producer = await log.producer({ lingerMs: 5 });
    // Set when the broker is back: both go on for a while, then end.
    let total = Number.POSITIVE_INFINITY;
    const read: string[] = [];
    let produced = 0;
    const reading = (async () => {
      let offset = 0;
      while (read.length < total) {
        const batch = await log.fetch('dead_letters', 0, offset, 20_000);
        if (batch === undefined) {
          await log.waitForAppend(500);
          continue;
        }
        for (let index = 0; index < batch.count; index += 1) {
          read.push(Buffer.from(batch.value(index)!).toString());
        }
        offset = batch.nextOffset;
      }
    })();
    const writing = (async () => {
      for (; produced < total; produced += 1) {
        await producer.send('dead_letters', { key: 'k', value: `record ${produced}` });
        if (produced % 20 === 0) await producer.flush();
      }
      await producer.flush();
    })();
    while (read.length < 1000) await log.waitForAppend(50);
    await end();
    await restart();
    total = produced + 1000;
    await Promise.all([writing, reading]);
    const expected = Array.from({ length: total }, (_, number) => `record ${number}`);
    assert.deepEqual(read, expected);
    assert.deepEqual(
      (await readTopic(log, 'dead_letters')).map((record) => record.value),
      expected,
    );
  });
}

test('a broker that stands still makes senders wait, and gets everything once when it goes on', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const log = await openNewLog(t, service!.bootstrap);
  const producer = await log.producer();
  const pad = 'x'.repeat(50_000);
  const { pid } = await restart();
  process.kill(pid, 'SIGSTOP');
  const sent: string[] = [];
  let full: Promise<void> | undefined;
  try {
    while (full === undefined) {
      assert.ok(sent.length < 2000, 'the buffer has no bound');
      const value = `${sent.length} ${pad}`;
      sent.push(value);
      full = producer.send('dead_letters', { key: 'k', value }) ?? undefined;
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await full;
  await producer.close();
  assert.deepEqual(
    (await readTopic(log, 'dead_letters')).map((record) => record.value),
    sent,
  );
});
