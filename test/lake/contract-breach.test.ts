import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findBreach } from '../../src/lake/contract-breach.ts';
import { drain, event, openParts, rowsOfTable, temporaryConfig } from './lake-fixture.ts';

const anything = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.array(fc.integer(), { maxLength: 2 }),
  fc.constantFrom(
    '',
    'SE',
    'se',
    'mobile',
    'toaster',
    '2025-11-18T14:00:00Z',
    '2025-02-30T14:00:00Z',
    '2025-11-18T14:00:00.1234Z',
    '2025-11-18 14:00:00Z',
    '86400000',
    86_400_000,
    86_400_001,
    -1,
    1.5,
    180000.0,
  ),
);

const changes = fc.dictionary(
  fc.constantFrom(
    'event_id',
    'user_id',
    'track',
    'timestamp',
    'duration',
    'skipped',
    'device',
    'country',
    'album',
    'shuffle',
    'track_duration',
    'mood',
  ),
  anything,
  { maxKeys: 2 },
);

test('the SQL of the sink and the schemas of the contracts agree on every record', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  const values = fc
    .sample(changes, { numRuns: 600, seed: 7 })
    .map((one, number) => JSON.stringify(event('plays', number, one)));
  for (const value of values) await producer.send('plays', { key: 'k', value });
  await producer.flush();
  await drain(config, log, lake);
  const kept = new Set(
    (await rowsOfTable(lake, 'plays', 'select _offset from files')).map((row) =>
      Number(row._offset),
    ),
  );
  values.forEach((value, offset) => {
    const breach = findBreach('plays', Buffer.from(value));
    assert.equal(kept.has(offset), breach === undefined, `${value}\n${JSON.stringify(breach)}`);
  });
  assert.ok(kept.size > 50 && kept.size < 550, `${kept.size} of 600 kept: the test tells little`);
});

test('a record is stored the same whether it is written plainly or with white space', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  const records = fc
    .sample(changes, { numRuns: 400, seed: 11 })
    .map((one, number) =>
      JSON.stringify(event('plays', number * 2 + 1, { album: 'NULL', ...one })),
    );
  for (const value of records) {
    await producer.send('plays', { key: 'k', value });
    await producer.send('plays', { key: 'k', value: ` ${value}` });
  }
  await producer.flush();
  await drain(config, log, lake);
  const rows = await rowsOfTable(
    lake,
    'plays',
    'select * exclude (_received_at, _ingested_at) from files order by _offset',
  );
  const byOffset = new Map(rows.map(({ _offset, ...row }) => [Number(_offset), row]));
  for (const [number, value] of records.entries()) {
    assert.deepEqual(byOffset.get(number * 2), byOffset.get(number * 2 + 1), value);
  }
  assert.ok(rows.length > 100, `${rows.length} rows: the test tells little`);
});
