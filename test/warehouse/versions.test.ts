import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDuckDb } from '../../src/duckdb.ts';
import { openLake } from '../../src/lake/index.ts';
import { openQuery, publishMarts, readCurrentMarts } from '../../src/warehouse/index.ts';
import { listMarts, martsAsOf, rollBack } from '../../src/warehouse/versions.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';

const tests = { passed: 3, failed: 0, warned: 1, failures: [] };

/** Three versions, of 1, 2 and 3 November; the table holds the day's number. */
async function published(t: TestContext, kept = '3') {
  const config = await temporaryConfig(t, { TONEARM_MARTS_KEPT: kept });
  await mkdir(config.dataDirectory, { recursive: true });
  for (const day of [1, 2, 3]) {
    const { connection, close } = await openDuckDb();
    await connection.run(`attach '${config.warehouse.path}' as warehouse`);
    await connection.run('create schema if not exists warehouse.gold');
    await connection.run(
      `create or replace table warehouse.gold.days as select 'ana' as user_id, ${day} as day`,
    );
    close();
    const publishedAt = `2025-11-0${day}T10:00:00.000Z`;
    await publishMarts(config, {
      version: publishedAt.replaceAll(/[-:.]/g, ''),
      runId: `run-${day}`,
      publishedAt,
      tests,
    });
  }
  return config;
}

test('a version is found by its name and by a moment at which it was shown', async (t) => {
  const config = await published(t);
  assert.deepEqual(
    (await listMarts(config)).map((one) => one.run_id),
    ['run-1', 'run-2', 'run-3'],
  );
  const at = async (asOf: string) => (await martsAsOf(config, asOf)).run_id;
  assert.equal(await at('20251102T100000000Z'), 'run-2');
  assert.equal(await at('2025-11-02T09:59:59Z'), 'run-1');
  assert.equal(await at('2025-11-02T10:00:00Z'), 'run-2');
  assert.equal(await at('2026-01-01'), 'run-3');
  await assert.rejects(at('2025-11-01T09:00:00Z'), { code: 'TNA_QUERY_VERSION_GONE' });
  await assert.rejects(at('20250101T100000000Z'), { code: 'TNA_QUERY_VERSION_GONE' });
  const lake = await openLake(config, Date.now);
  const session = await openQuery(config, lake, { marts: await martsAsOf(config, '2025-11-02') });
  t.after(() => session.close());
  assert.deepEqual((await session.query('select day from gold.days')).rows, [{ day: 1 }]);
});

test('a rollback shows the version before, and another one by name', async (t) => {
  const config = await published(t);
  const first = await rollBack(config);
  assert.deepEqual([first.current.run_id, first.before], ['run-2', '20251103T100000000Z']);
  assert.equal((await readCurrentMarts(config))?.run_id, 'run-2');
  assert.equal((await rollBack(config)).current.run_id, 'run-1');
  await assert.rejects(rollBack(config), { code: 'TNA_QUERY_VERSION_GONE' });
  assert.equal((await rollBack(config, '20251103T100000000Z')).current.run_id, 'run-3');
  await assert.rejects(rollBack(config, '20240101T000000000Z'), {
    code: 'TNA_QUERY_VERSION_GONE',
  });
});

test('only so many versions are kept, and what is no version is left alone', async (t) => {
  const config = await published(t, '2');
  await mkdir(join(config.martsDirectory, '.cache'), { recursive: true });
  await writeFile(join(config.martsDirectory, '.cache', 'x'), '');
  assert.deepEqual(
    (await listMarts(config)).map((one) => one.run_id),
    ['run-2', 'run-3'],
  );
});

test('before the first publish there is nothing to go back to', async (t) => {
  const config = await temporaryConfig(t);
  assert.deepEqual(await listMarts(config), []);
  await assert.rejects(rollBack(config), { code: 'TNA_QUERY_NOTHING_PUBLISHED' });
});
