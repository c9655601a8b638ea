import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesAsOf } from '../../src/lake/as-of.ts';
import { compactTable } from '../../src/lake/compaction.ts';
import { drain, event, openParts, temporaryConfig } from './lake-fixture.ts';

test('the files of an earlier version or moment are those that were live then', async (t) => {
  const config = await temporaryConfig(t);
  let now = Date.UTC(2025, 10, 18, 12);
  const clock = () => now;
  const { log, lake } = await openParts(t, config, clock);
  const producer = await log.producer();
  for (let flush = 0; flush < 3; flush += 1) {
    await producer.send('plays', {
      key: 'u',
      value: JSON.stringify(event('plays', flush)),
      timestamp: Date.UTC(2025, 10, 18, 9),
    });
    await producer.flush();
    await drain(config, log, lake, clock);
    now += 60_000;
  }
  assert.equal((await compactTable(lake.tables.plays)).hours, 1);
  const rows = async (asOf: { version: number } | { time: number }) =>
    (await filesAsOf(lake.tables.plays, asOf)).map((file) => file.rows);
  assert.deepEqual(await rows({ version: 0 }), []);
  assert.deepEqual(await rows({ version: 2 }), [1, 1]);
  assert.deepEqual(await rows({ version: 4 }), [3]);
  assert.deepEqual(await rows({ time: Date.UTC(2025, 10, 18, 12, 1, 30) }), [1, 1]);
  assert.deepEqual(await rows({ time: now }), [3]);
  assert.deepEqual(await rows({ time: 0 }), []);
  await assert.rejects(rows({ version: 9 }), { code: 'TNA_QUERY_VERSION_GONE' });
});
