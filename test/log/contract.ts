import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TopicName } from '../../contracts/index.ts';
import type { EventLog, RecordBatch } from '../../src/log/index.ts';

async function readAll(log: EventLog, topic: TopicName) {
  const records: {
    partition: number;
    offset: number;
    key: string | null;
    value: string | null;
    timestamp: number;
  }[] = [];
  for (const range of await log.offsets([topic])) {
    let offset = range.earliest;
    for (;;) {
      const batch: RecordBatch | undefined = await log.fetch(
        topic,
        range.partition,
        offset,
        1 << 20,
      );
      if (batch === undefined) break;
      for (let index = 0; index < batch.count; index += 1) {
        const value = batch.value(index);
        records.push({
          partition: batch.partition,
          offset: batch.offset(index),
          key: batch.key(index),
          value: value === null ? null : Buffer.from(value).toString(),
          timestamp: batch.timestamp(index),
        });
      }
      offset = batch.nextOffset;
    }
  }
  return records;
}

/** What every log must do; each adapter runs it. */
export function describeEventLog(name: string, open: (t: TestContext) => Promise<EventLog>): void {
  test(`${name}: what was flushed is read back, in order for each key`, async (t) => {
    const log = await open(t);
    const producer = await log.producer();
    for (let number = 0; number < 500; number += 1) {
      await producer.send('plays', {
        key: `user-${number % 9}`,
        value: `${number}`,
        timestamp: 1000 + number,
      });
    }
    await producer.flush();
    const records = await readAll(log, 'plays');
    assert.equal(records.length, 500);
    for (let user = 0; user < 9; user += 1) {
      const own = records.filter((record) => record.key === `user-${user}`);
      assert.equal(new Set(own.map((record) => record.partition)).size, 1);
      const numbers = own.map((record) => Number(record.value));
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
      assert.ok(own.every((record) => record.timestamp === 1000 + Number(record.value)));
    }
  });

  test(`${name}: a record that was received long ago keeps that time, and came into the log now`, async (t) => {
    const log = await open(t);
    const producer = await log.producer();
    const before = Date.now();
    const longAgo = before - 20 * 86_400_000;
    for (const timestamp of [longAgo, before - 120_000, undefined, before - 3_600_000]) {
      await producer.send('dead_letters', {
        key: 'k',
        value: 'x',
        ...(timestamp === undefined ? {} : { timestamp }),
      });
    }
    await producer.flush();
    const batch = (await log.fetch('dead_letters', 0, 0, 1 << 20))!;
    assert.equal(batch.timestamp(0), longAgo);
    assert.equal(batch.timestamp(1), before - 120_000);
    assert.equal(batch.timestamp(3), before - 3_600_000);
    for (let index = 0; index < 4; index += 1) {
      const at = batch.appendedAt(index);
      assert.ok(at >= before && at <= Date.now(), `${index}: ${at - before} ms`);
    }
  });

  test(`${name}: null, empty and binary values come back as they were`, async (t) => {
    const log = await open(t);
    const producer = await log.producer();
    await producer.send('dead_letters', { key: null, value: null });
    await producer.send('dead_letters', { key: '', value: '' });
    await producer.send('dead_letters', { key: 'ü', value: Uint8Array.of(0, 255, 10) });
    await producer.flush();
    const batch = (await log.fetch('dead_letters', 0, 0, 1 << 20))!;
    assert.equal(batch.count, 3);
    assert.deepEqual([batch.key(0), batch.key(1), batch.key(2)], [null, '', 'ü']);
    assert.equal(batch.value(0), null);
    assert.equal(batch.value(1)?.length, 0);
    assert.deepEqual([...batch.value(2)!], [0, 255, 10]);
  });

  test(`${name}: reading begins in the midst of a batch and ends at the latest offset`, async (t) => {
    const log = await open(t);
    const producer = await log.producer();
    for (let number = 0; number < 10; number += 1)
      await producer.send('dead_letters', { key: 'k', value: `${number}` });
    await producer.flush();
    const batch = (await log.fetch('dead_letters', 0, 7, 1 << 20))!;
    assert.deepEqual([batch.count, batch.offset(0), batch.nextOffset], [3, 7, 10]);
    assert.equal(Buffer.from(batch.value(0)!).toString(), '7');
    assert.equal(await log.fetch('dead_letters', 0, 10, 1 << 20), undefined);
    await assert.rejects(log.fetch('dead_letters', 0, 11, 1 << 20), {
      code: 'TNA_LOG_OFFSET_OUT_OF_RANGE',
    });
  });

  test(`${name}: reading in small pieces, from any offset, gives the same records as in large ones`, async (t) => {
    const log = await open(t);
    const producer = await log.producer();
    for (let number = 0; number < 60; number += 1) {
      const value = number % 7 === 0 ? null : `${number} ${'x'.repeat(number * 40)}`;
      await producer.send('dead_letters', { key: `k${number}`, value });
      if (number % 5 === 0) await producer.flush();
    }
    await producer.close();
    for (const maxBytes of [1, 1000, 1 << 20]) {
      for (const from of [0, 1, 33, 59]) {
        const seen: string[] = [];
        for (let offset = from; ; ) {
          const batch = await log.fetch('dead_letters', 0, offset, maxBytes);
          if (batch === undefined) break;
          for (let index = 0; index < batch.count; index += 1) {
            seen.push(`${batch.offset(index)} ${batch.key(index)} ${batch.value(index)?.length}`);
          }
          offset = batch.nextOffset;
        }
        const expected = Array.from({ length: 60 }, (_, number) => {
          const length = number % 7 === 0 ? undefined : `${number} `.length + number * 40;
          return `${number} k${number} ${length}`;
        });
        assert.deepEqual(seen, expected.slice(from), `${maxBytes} bytes from ${from}`);
      }
    }
  });

  test(`${name}: producers that write at once lose and mix nothing`, async (t) => {
    const log = await open(t);
    const write = async (name: string) => {
      const producer = await log.producer({ lingerMs: 1 });
      for (let number = 0; number < 300; number += 1) {
        await producer.send('plays', { key: name, value: `${number}` });
        if (number % 50 === 0) await producer.flush();
      }
      await producer.close();
    };
    const names = ['ana', 'bob', 'eva'];
    await Promise.all(names.map(write));
    const records = await readAll(log, 'plays');
    for (const name of names) {
      assert.deepEqual(
        records.filter((record) => record.key === name).map((record) => record.value),
        Array.from({ length: 300 }, (_, number) => `${number}`),
      );
    }
  });

  test(`${name}: a record whose sequence was stored before is left out`, async (t) => {
    const log = await open(t);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const producer = await log.producer({ id: 'sink' });
      for (const number of [3, 5]) {
        await producer.send('dead_letters', {
          key: 'k',
          value: `${number}`,
          sequence: { source: 'plays/0', number },
        });
      }
      await producer.close();
    }
    assert.equal((await log.offsets(['dead_letters']))[0]!.latest, 2);
  });

  test(`${name}: a reader that waits hears of an append`, async (t) => {
    const log = await open(t);
    const producer = await log.producer();
    await log.waitForAppend(0);
    const waiting = log.waitForAppend(10_000);
    await producer.send('likes', { key: 'k', value: 'x' });
    await producer.flush();
    assert.equal(await waiting, true);
    assert.equal(await log.waitForAppend(30), false);
  });

  test(`${name}: its identity stays the same`, async (t) => {
    const log = await open(t);
    const identity = await log.identity();
    assert.match(identity, /^(file|kafka):.{16,}$/);
    assert.equal(await log.identity(), identity);
  });

  test(`${name}: a group's offsets are kept by group and partition, the newest wins`, async (t) => {
    const log = await open(t);
    const group = `readers-${process.pid}-${Math.floor(performance.now())}`;
    assert.deepEqual(await log.committedOffsets(group), []);
    const plays = (partition: number, nextOffset: number) => ({
      topic: 'plays' as const,
      partition,
      nextOffset,
    });
    await log.commitOffsets(group, [plays(1, 5), plays(0, 7)]);
    await log.commitOffsets(group, [plays(0, 9), { topic: 'likes', partition: 0, nextOffset: 1 }]);
    await log.commitOffsets(group, []);
    assert.deepEqual(await log.committedOffsets(group), [
      { topic: 'likes', partition: 0, nextOffset: 1 },
      plays(0, 9),
      plays(1, 5),
    ]);
    assert.deepEqual(await log.committedOffsets(`${group}-other`), []);
  });

  test(`${name}: the first offset of a time is found`, async (t) => {
    const log = await open(t);
    const producer = await log.producer();
    const start = Date.now() - 60_000;
    for (const timestamp of [start + 100, start + 200, start + 300]) {
      await producer.send('dead_letters', { key: 'k', value: 'x', timestamp });
      await producer.flush();
    }
    assert.equal(await log.offsetForTimestamp('dead_letters', 0, start + 150), 1);
    assert.equal(await log.offsetForTimestamp('dead_letters', 0, start + 301), 3);
  });
}
