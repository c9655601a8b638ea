import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconcile } from '../../src/lake/accounting.ts';
import { drain, event, openParts, temporaryConfig } from './lake-fixture.ts';

test('letters whose rows are not committed yet do not count, and are not missed afterwards', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const reader = await openParts(t, config);
  const producer = await log.producer();
  for (const value of ['broken', JSON.stringify(event('plays', 1))]) {
    await producer.send('plays', { key: 'u', value });
  }
  await producer.flush();
  // What a run sees while a sink is between its two commits.
  const { append } = lake.tables.plays;
  lake.tables.plays.append = async (work) => {
    await reader.lake.refresh();
    const between = await reconcile(reader.log, reader.lake);
    assert.deepEqual(between, { offsets: 0, stored: 0, refused: 0, erased: 0 });
    return append.call(lake.tables.plays, work);
  };
  await drain(config, log, lake);
  // The tables are read before the dead letters, which may be the older of the two until then.
  await reader.lake.tables.plays.log.refresh();
  assert.deepEqual(await reconcile(reader.log, reader.lake), {
    offsets: 2,
    stored: 1,
    refused: 1,
    erased: 0,
  });
});

test('rows that are gone from the lake are found', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  await producer.send('plays', { key: 'u', value: JSON.stringify(event('plays', 1)) });
  await producer.flush();
  await drain(config, log, lake);
  lake.tables.plays.log.state.files.clear();
  await assert.rejects(reconcile(log, lake), { code: 'TNA_LAKE_ROWS_DIFFER' });
});
