import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { TonearmError } from '../../src/errors.ts';
import { LocalStore } from '../../src/lake/local-store.ts';
import { Sink } from '../../src/lake/sink.ts';
import { SinkGroup, sinkGroup } from '../../src/lake/sink-group.ts';
import type { Producer } from '../../src/log/index.ts';
import { drain, event, openParts, rowsOfTable, temporaryConfig } from './lake-fixture.ts';

async function send(
  producer: Producer,
  topic: 'starts' | 'plays' | 'likes',
  value: unknown,
  timestamp?: number,
) {
  const bytes =
    typeof value === 'string' || value === null || value instanceof Uint8Array
      ? value
      : JSON.stringify(value);
  await producer.send(topic, { key: 'user', value: bytes as string, timestamp });
}

test('rows land once, typed, with where they came from, under the hour of receipt', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  const received = Date.UTC(2025, 10, 18, 9, 59, 59, 999);
  await send(producer, 'plays', event('plays', 1, { album: 'Löve', private: true }), received);
  await send(producer, 'plays', event('plays', 2), received + 1);
  await producer.flush();
  const result = await drain(config, log, lake);
  assert.equal(result.committed.plays, 2);
  const rows = await rowsOfTable(lake, 'plays', 'select * from files order by event_id');
  assert.deepEqual(
    rows.map((row) => [row.year, row.month, row.day, row.hour, row._topic, row.private, row.album]),
    [
      ['2025', '11', '18', '09', 'plays', true, 'Löve'],
      ['2025', '11', '18', '10', 'plays', null, null],
    ],
  );
  assert.equal(rows[0]?.track, event('plays', 1).track);
  assert.equal(rows[0]?.timestamp, '2025-11-18 14:00:01+00');
  assert.equal((await drain(config, log, lake)).committed.plays, 0);
  assert.equal((await rowsOfTable(lake, 'plays', 'select * from files')).length, 2);
});

test('fields that the contract does not know are kept in _extra', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  await send(producer, 'plays', event('plays', 1, { zebra: { stripes: [1, 2] }, mood: 'calm' }));
  await send(producer, 'plays', event('plays', 2));
  await producer.flush();
  await drain(config, log, lake);
  const rows = await rowsOfTable(lake, 'plays', 'select _extra from files order by event_id');
  assert.deepEqual(JSON.parse(String(rows[0]?._extra)), {
    zebra: { stripes: [1, 2] },
    mood: 'calm',
  });
  assert.equal(rows[1]?._extra, null);
});

test('what breaks the contract becomes a dead letter with code, field and raw bytes, and stops nothing', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  const bad: [unknown, string, string?][] = [
    [null, 'TNA_CONTRACT_EMPTY'],
    ['', 'TNA_CONTRACT_EMPTY'],
    ['{"cut', 'TNA_CONTRACT_NOT_JSON'],
    ['[1]', 'TNA_CONTRACT_NOT_OBJECT'],
    ['7', 'TNA_CONTRACT_NOT_OBJECT'],
    [Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), 'TNA_CONTRACT_NOT_UTF8'],
    [event('plays', 1, { user_id: undefined }), 'TNA_CONTRACT_MISSING_FIELD', 'user_id'],
    [event('plays', 2, { user_id: 42 }), 'TNA_CONTRACT_WRONG_TYPE', 'user_id'],
    [event('plays', 3, { duration: '180000' }), 'TNA_CONTRACT_WRONG_TYPE', 'duration'],
    [event('plays', 4, { duration: -1 }), 'TNA_CONTRACT_INVALID_VALUE', 'duration'],
    [event('plays', 5, { device: 'toaster' }), 'TNA_CONTRACT_INVALID_VALUE', 'device'],
    [
      event('plays', 6, { timestamp: '2025-02-30T10:00:00Z' }),
      'TNA_CONTRACT_INVALID_VALUE',
      'timestamp',
    ],
    [event('plays', 7, { event_id: 'not-a-uuid' }), 'TNA_CONTRACT_INVALID_VALUE', 'event_id'],
    [event('plays', 8, { album: null }), 'TNA_CONTRACT_WRONG_TYPE', 'album'],
  ];
  for (const [value] of bad) await send(producer, 'plays', value);
  await send(producer, 'starts', 'nonsense');
  await send(producer, 'plays', JSON.stringify(event('plays', 9), null, 2));
  await producer.flush();
  const result = await drain(config, log, lake);
  assert.equal(result.committed.plays, 1);
  assert.equal(result.committed.dead_letters, bad.length + 1);
  const letters = await rowsOfTable(
    lake,
    'dead_letters',
    "select code, field, raw, raw_encoding from files where origin_topic = 'plays' order by origin_offset",
  );
  assert.deepEqual(
    letters.map((row) => [row.code, row.field ?? undefined]),
    bad.map(([, code, field]) => [code, field]),
  );
  assert.equal(letters[2]?.raw, '{"cut');
  assert.equal(Buffer.from(String(letters[5]?.raw), 'base64').toString('hex'), '7bfffe7d');
  const offsets = await log.offsets(['dead_letters']);
  assert.equal(offsets[0]?.latest, bad.length + 1);
});

test('a dead letter keeps the key of its record, whatever refused it and whatever the key is made of', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  const keys = ['ana', null, '', 'a\u0001b\n"c"\\', 'Zoë 😀', 'x'.repeat(3000)];
  const refusedInSql = JSON.stringify(event('plays', 1, { duration: -1 }));
  for (const key of keys) {
    for (const value of [refusedInSql, Uint8Array.of(0xff)]) {
      await producer.send('plays', { key, value: value as string });
    }
  }
  await producer.flush();
  await drain(config, log, lake);
  const letters = await rowsOfTable(
    lake,
    'dead_letters',
    'select origin_key, code from files order by all',
  );
  const found = (code: string) =>
    letters.filter((row) => row.code === code).map((row) => row.origin_key);
  const expected = keys.toSorted();
  assert.deepEqual(found('TNA_CONTRACT_INVALID_VALUE').toSorted(), expected);
  assert.deepEqual(found('TNA_CONTRACT_NOT_UTF8').toSorted(), expected);
});

test('the same range read again after a crash between the two commits doubles no dead letter', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  await send(producer, 'plays', 'broken');
  await send(producer, 'plays', event('plays', 1));
  await producer.flush();
  const { append } = lake.tables.plays;
  lake.tables.plays.append = async () => {
    throw new Error('killed here');
  };
  await assert.rejects(drain(config, log, lake), /killed here/);
  lake.tables.plays.append = append;
  await send(producer, 'plays', 'broken too');
  await producer.flush();
  await drain(config, log, lake);
  const letters = await rowsOfTable(lake, 'dead_letters', 'select raw from files order by raw');
  assert.deepEqual(
    letters.map((row) => row.raw),
    ['broken', 'broken too'],
  );
  assert.equal((await rowsOfTable(lake, 'plays', 'select 1 from files')).length, 1);
  assert.equal((await log.offsets(['dead_letters']))[0]?.latest, 2);
});

test('a sink that was replaced finds out at its commit, drops what it read and goes on', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const other = await openParts(t, config);
  const producer = await log.producer();
  await send(producer, 'plays', event('plays', 1));
  await producer.flush();
  const { append } = lake.tables.plays;
  lake.tables.plays.append = async (work) => {
    lake.tables.plays.append = append;
    await storeAll(other.log, other.lake);
    await send(producer, 'plays', event('plays', 2));
    await producer.flush();
    return append.call(lake.tables.plays, work);
  };
  const { committed } = await drain(config, log, lake);
  assert.equal(committed.plays, 1);
  assert.equal((await rowsOfTable(lake, 'plays', 'select 1 from files')).length, 2);

  /** What another sink would do that believes to be alone. */
  async function storeAll(otherLog: typeof log, otherLake: typeof lake) {
    const alone = new SinkGroup({
      store: new LocalStore(`${config.dataDirectory}/elsewhere`),
      member: { id: 'other', host: 'elsewhere', pid: 1 },
      isRunning: () => true,
    });
    const options = { config, log: otherLog, lake: otherLake, clock: Date.now };
    await new Sink({ ...options, group: alone, untilIdle: true }).run();
  }
});

test('a sink that was replaced keeps no file of what it could not commit', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  await send(producer, 'plays', event('plays', 1));
  await send(producer, 'plays', 'broken');
  await producer.flush();
  const { append } = lake.tables.dead_letters;
  lake.tables.dead_letters.append = async () => {
    lake.tables.dead_letters.append = append;
    throw new TonearmError('TNA_SINK_REPLACED', 'Somebody was erased meanwhile.');
  };
  const staged: string[][] = [];
  const { committed } = await new Sink({
    ...{ config, log, lake, clock: Date.now, group: sinkGroup(lake.store), untilIdle: true },
    onCommit: () => {
      const paths = readdirSync(config.stagingDirectory, { recursive: true }).map(String);
      staged.push(paths.filter((path) => path.endsWith('.parquet')));
    },
  }).run();
  assert.deepEqual([committed.plays, committed.dead_letters], [1, 1]);
  assert.deepEqual(staged, [[]]);
});

test('a lake that is filled from one log takes nothing from another', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  await send(producer, 'plays', event('plays', 1));
  await producer.flush();
  await drain(config, log, lake);
  const other = await openParts(t, await temporaryConfig(t));
  await assert.rejects(drain(config, other.log, lake), { code: 'TNA_SINK_OTHER_LOG' });
  // Opened again, the first log is known.
  const again = await openParts(t, config);
  assert.equal((await drain(config, again.log, again.lake)).read.plays, 0);
});

test('a log that ends before what the lake has stored is refused, whatever it is called', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  for (let number = 0; number < 20; number += 1) {
    await send(producer, 'plays', event('plays', number));
  }
  await producer.flush();
  await drain(config, log, lake);
  const { log: fresh } = await openParts(t, await temporaryConfig(t));
  fresh.identity = () => log.identity();
  await assert.rejects(drain(config, fresh, lake), {
    code: 'TNA_SINK_OTHER_LOG',
    message: /up to offset \d+, but the log ends at 0/,
  });
});
