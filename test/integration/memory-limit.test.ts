import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { openDuckDb } from '../../src/duckdb.ts';
import { publishMarts } from '../../src/warehouse/index.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';

test('publishing more than the memory holds goes over the disk, of which nothing is left', async (t) => {
  const config = await temporaryConfig(t, { TONEARM_WAREHOUSE_MEMORY: '60MB' });
  const { connection, close } = await openDuckDb();
  await connection.run(
    `attach '${config.warehouse.path}' as warehouse; create schema warehouse.gold`,
  );
  await connection.run(`create table warehouse.gold.listener_taste as
    select 'listener-' || hash(place) % 20000 as user_id, place, hash(place, 1) as first, hash(place, 2) as second
    from range(2000000) as places (place)`);
  close();
  const tests = { passed: 1, failed: 0, warned: 0, failures: [] };
  const publishedAt = '2025-11-18T10:00:00.000Z';
  const current = await publishMarts(config, { version: 'v1', runId: 'run', publishedAt, tests });
  assert.deepEqual(current.tables, { listener_taste: 2_000_000 });
  assert.equal(existsSync(`${config.warehouse.path}.tmp`), false);
});
