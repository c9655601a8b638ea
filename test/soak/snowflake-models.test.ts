import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { dbtPython, hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import type { Config } from '../../src/config.ts';
import { openDuckDb } from '../../src/duckdb.ts';
import type { LakeFile } from '../../src/lake/lake-file.ts';
import { publishMarts, startDbtRunner } from '../../src/warehouse/index.ts';
import { syncLake, syncRunRecords } from '../../src/warehouse/snowflake/lake-sync.ts';
import { withSnowflake } from '../../src/warehouse/snowflake/session.ts';
import { assertSameRows, rowsOfWarehouse } from '../integration/rows-of-warehouse.ts';
import { drain, event, openParts, temporaryConfig } from '../lake/lake-fixture.ts';
import { rowsOfSnowflake } from '../stand-in/rows.ts';
import { standInMissing, startSnowflake } from '../stand-in/snowflake.ts';

const skip =
  (!hasPythonEnvironment() &&
    'the Python environment is missing: node scripts/python-environment.mjs') ||
  standInMissing();

/** They tell of runs, or are renewed in parts. */
const ofRuns = ['pipeline_health', 'user_recommendations'];

const hourMs = 3_600_000;
const begin = Date.UTC(2024, 1, 27, 20);

/** Events around a leap day: some private, some without album or genre, some that cannot be true. */
function content(topic: 'plays' | 'skips' | 'likes', number: number) {
  const happened = begin + ((number * 37) % (24 * 5)) * hourMs + ((number * 7919) % 3600) * 1000;
  return event(topic, number, {
    timestamp: new Date(happened).toISOString(),
    country: [undefined, 'DE', 'FR'][number % 3],
    album: number % 4 === 0 ? undefined : `Album ${number % 2}`,
    genre: number % 5 === 0 ? undefined : 'rock',
    track_duration: number % 4 === 0 ? undefined : 200_000,
    private: number % 6 === 0,
    ...(topic === 'plays' ? { duration: (number * 1777) % 90_000, skipped: number % 3 === 0 } : {}),
    ...(number % 16 === 5 ? { timestamp: '1970-01-01T00:00:00.000Z' } : {}),
  });
}

test('dbt builds the same rows on Snowflake as on DuckDB: at first, and with what came late and twice', {
  skip,
}, async (t) => {
  const scratch = await temporaryConfig(t);
  const buckets = `${scratch.dataDirectory}/buckets`;
  const directory = `${buckets}/music/lake`;
  const onDuckDb: Config = { ...scratch, lake: { kind: 'file', directory } };
  const snowflake = await startSnowflake(t, buckets);
  const onSnowflake: Config = {
    ...onDuckDb,
    warehouse: snowflake.location,
    dataDirectory: `${scratch.dataDirectory}/second`,
  };
  await snowflake.setUp();
  const { log, lake } = await openParts(t, onDuckDb);
  const runners = await Promise.all([startDbtRunner(onDuckDb), startDbtRunner(onSnowflake)]);
  t.after(() => Promise.all(runners.map((one) => one.close())));
  const { database } = snowflake.location;
  /** As Snowflake sees them. */
  const inBucket = (files: readonly LakeFile[]) =>
    files.map((file) => ({ ...file, path: `s3://music/lake/${relative(directory, file.path)}` }));
  const ingest = { role: `${database}_INGEST`, tag: 'tonearm:test:transform' };

  const send = async (numbers: readonly number[], delayHours: number) => {
    const producer = await log.producer();
    for (const topic of ['plays', 'skips', 'likes'] as const) {
      for (const number of numbers.filter((one) => topic === 'plays' || one % 4 === 0)) {
        const value = content(topic, number);
        await producer.send(topic, {
          key: value.user_id,
          value: JSON.stringify(value),
          timestamp: begin + (130 + delayHours) * hourMs,
        });
      }
    }
    await producer.flush();
    await drain(onDuckDb, log, lake);
    await lake.refresh();
  };
  const build = async () => {
    const files = lake.files();
    const synced = await withSnowflake(snowflake.location, ingest, async (ask) => {
      await syncRunRecords(ask, database, onSnowflake.runsDirectory);
      return await syncLake(ask, database, inBucket(files));
    });
    for (const runner of runners) {
      const built = await runner.build({ fullRefresh: false, files, runId: 'test' });
      assert.equal(built.error, undefined);
      assert.deepEqual(
        built.tests.failures.filter((one) => one.severity === 'error'),
        [],
      );
    }
    return synced;
  };
  const compare = async (when: string) => {
    const right = await rowsOfWarehouse(onDuckDb.warehouse.path);
    const tables = Object.keys(right);
    assert.ok(tables.length >= 20, tables.join(', '));
    const found = await snowflake.asAdministrator((ask) =>
      rowsOfSnowflake(ask, database, onDuckDb.warehouse.path, tables),
    );
    for (const [table, rows] of Object.entries(right)) {
      const one = { [table]: rows };
      await t.test(`${table} ${when}`, () => assertSameRows({ [table]: found[table]! }, one));
    }
  };

  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => from + index);
  await send(numbers(0, 150), 0);
  assert.ok((await build()).refreshes >= 3);
  await compare('at first');
  // What is new, what came before in another commit, and what is late.
  await send([...numbers(120, 200), ...numbers(3, 9)], 300);
  await send(numbers(190, 215), 301);
  await build();
  await compare('with what came late and twice');

  await t.test('a second refresh finds nothing to do', async () => {
    const again = await withSnowflake(snowflake.location, ingest, (ask) =>
      syncLake(ask, database, inBucket(lake.files())),
    );
    assert.deepEqual(again, { refreshes: 0, files: 0 });
  });

  await t.test('the statements of a build carry the run in their query tag', async () => {
    const asked = await snowflake.statements();
    const merged = asked.find((one) => /insert into TONEARM\.silver\.plays/i.test(one.sql));
    assert.equal(merged?.tag, 'tonearm:test:transform');
    assert.equal(merged?.role, 'TONEARM_TRANSFORM');
    const refreshed = asked.find((one) => /^alter external table/.test(one.sql));
    assert.equal(refreshed?.role, 'TONEARM_INGEST');
  });

  await t.test('what dbt compiles is in the grammar of Snowflake', () => {
    const folder = join(onSnowflake.dataDirectory, 'run/dbt/target/compiled/tonearm/models');
    const parsed = spawnSync(
      join(dirname(dbtPython), 'sqlfluff'),
      ['parse', '--dialect', 'snowflake', '--templater', 'raw', '--format', 'json', folder],
      { encoding: 'utf8', cwd: scratch.dataDirectory, maxBuffer: 512 * 1024 * 1024 },
    );
    assert.ok((JSON.parse(parsed.stdout) as unknown[]).length > 30, parsed.stderr);
    assert.doesNotMatch(parsed.stdout, /"unparsable"/);
    assert.equal(parsed.status, 0);
  });

  await t.test('the marts are the same files, whichever database they come from', async () => {
    const options = {
      version: '20251118T140307120Z',
      runId: 'test',
      publishedAt: '2025-11-18T14:03:07.120Z',
      tests: { failed: 0, passed: 1, warned: 0, failures: [] },
      store: lake.store,
    };
    const left = { ...onDuckDb, martsDirectory: `${scratch.dataDirectory}/marts-duckdb` };
    const right = { ...onSnowflake, martsDirectory: `${scratch.dataDirectory}/marts-snowflake` };
    const [expected, found] = [
      await publishMarts(left, options),
      await publishMarts(right, options),
    ];
    assert.deepEqual(Object.keys(found.tables), Object.keys(expected.tables));
    const rows = async (directory: string) => {
      const { connection, close } = await openDuckDb();
      const content: Record<string, string[]> = {};
      for (const table of Object.keys(expected.tables)) {
        if (ofRuns.includes(table)) continue;
        const file = join(directory, options.version, `${table}.parquet`);
        const types = await connection.runAndReadAll(`describe from '${file}'`);
        const read = await connection.runAndReadAll(
          `select columns(c -> c <> 'built_from_version') from '${file}' order by all`,
        );
        content[table] = [types.getRows(), ...read.getRowsJson()].map((row) => JSON.stringify(row));
      }
      close();
      return content;
    };
    assertSameRows(await rows(right.martsDirectory), await rows(left.martsDirectory));
    const passing: string[] = [];
    for await (const { key } of lake.store.list('_marts/')) passing.push(key);
    assert.deepEqual(passing, []);
  });
});
