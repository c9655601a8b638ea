import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { dbtPython, hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { openDuckDb } from '../../src/duckdb.ts';
import type { RunRecord } from '../../src/run-records.ts';
import { freePorts } from '../../src/services/free-port.ts';
import { testS3Server } from '../services/test-services.ts';
import { rowsOfSnowflake } from '../stand-in/rows.ts';
import { standInMissing, startSnowflake } from '../stand-in/snowflake.ts';
import { assertSameRows, rowsOfWarehouse } from './rows-of-warehouse.ts';
import { s3Settings } from './s3-fixture.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const project = join(import.meta.dirname, '../../dbt');
const { service, skip: noServer } = await testS3Server();
const skip =
  noServer ||
  (!hasPythonEnvironment() &&
    'the Python environment is missing: node scripts/python-environment.mjs') ||
  standInMissing();

/** They tell of runs, or are renewed in parts. */
const ofRuns = [
  'pipeline_health',
  'user_recommendations',
  'recommendations',
  'recommendation_choice',
];

test('the whole platform on Snowflake: commands, marts, API and bill, with the rows that DuckDB builds', {
  skip,
}, async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'tonearm-on-snowflake-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const onBucket = s3Settings(service);
  const snowflake = await startSnowflake(t, service!.dataDirectory, `${onBucket.TONEARM_LAKE}/`);
  const { database } = snowflake.location;
  const shared = { ...process.env, ...onBucket, TONEARM_LOG: `file:${join(root, 'log')}` };
  const onDuckDb = { ...shared, TONEARM_DATA: join(root, 'duckdb') };
  const onSnowflake = {
    ...shared,
    TONEARM_DATA: join(root, 'snowflake'),
    TONEARM_WAREHOUSE: 'snowflake://standin/tonearm',
    TONEARM_SNOWFLAKE_URL: snowflake.url,
    TONEARM_SNOWFLAKE_USER: snowflake.names.user,
    TONEARM_SNOWFLAKE_PASSWORD: 'stand-in secret',
  };
  const ran = (env: NodeJS.ProcessEnv, args: string[]) =>
    new Promise<{ code: unknown; printed: string; result: () => ReturnType<typeof JSON.parse> }>(
      (resolve) => {
        const options = { env, maxBuffer: 64 << 20 };
        execFile(process.execPath, [cli, ...args, '--json'], options, (error, stdout, stderr) => {
          const result = () => JSON.parse(stdout.trim().split('\n').at(-1)!);
          resolve({ code: error?.code ?? 0, printed: stdout + stderr, result });
        });
      },
    );
  const tonearm = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
    const done = await ran(env, args);
    assert.equal(done.code, 0, `${args.join(' ')}\n${done.printed}`);
    return done.result();
  };
  const marts = async (env: { TONEARM_DATA: string }) => {
    const { connection, close } = await openDuckDb();
    const [row] = (
      await connection.runAndReadAll(
        `select version, json_keys(tables) as tables from read_json('${env.TONEARM_DATA}/marts/current.json')`,
      )
    ).getRowObjectsJS() as { version: string; tables: string[] }[];
    const content: Record<string, string[]> = {};
    for (const table of row!.tables.filter((name) => !ofRuns.includes(name)).sort()) {
      const file = join(env.TONEARM_DATA, 'marts', row!.version, `${table}.parquet`);
      const types = await connection.runAndReadAll(`describe from '${file}'`);
      const rows = await connection.runAndReadAll(
        `select columns(c -> c <> 'built_from_version') from '${file}' order by all`,
      );
      content[table] = [types.getRows(), ...rows.getRowsJson()].map((one) => JSON.stringify(one));
    }
    close();
    return content;
  };
  const simulate = (seed: string, ...more: string[]) =>
    tonearm(
      onSnowflake,
      ...['simulate', '--events', '900', '--users', '12', '--tracks', '80', '--seed', seed],
      ...more,
    );

  const administrator = { ...onSnowflake, TONEARM_SNOWFLAKE_USER: 'admin' };
  const names = ['--user', snowflake.names.user, '--storage-role', snowflake.names.storage_role];
  await tonearm(administrator, 'warehouse', 'setup', '--credits', '10', ...names);
  await simulate('4', '--malformed', '0.02', '--duplicates', '0.03');

  await t.test('a run goes from the log to the marts, and a second one finds nothing', async () => {
    const record: RunRecord = await tonearm(onSnowflake, 'run');
    assert.equal(record.status, 'success');
    const done = new Map(record.steps.map(({ name, status }) => [name, status]));
    for (const name of ['ingest', 'validate', 'transform', 'quality', 'recommend', 'publish']) {
      assert.equal(done.get(name), 'success', name);
    }
    assert.ok(record.tests.passed > 40);
    assert.equal(record.tests.failed, 0);
    const asked = await snowflake.statements();
    const copied = asked.filter(({ sql }) => /^copy into @/i.test(sql));
    assert.ok(copied.length >= 15);
    const tags = new Set(copied.map(({ tag }) => tag));
    const ofRun = ['recommend', 'publish'].map((step) => `tonearm:${record.run_id}:${step}`);
    assert.deepEqual([...tags], ofRun);
    assert.equal((await ran(onSnowflake, ['run'])).code, 99);
    const more = (await snowflake.statements()).slice(asked.length);
    assert.deepEqual(more, [], 'Snowflake sleeps through it');
  });

  await simulate('5', '--late', '0.1', '--duplicates', '0.05');
  // On Snowflake what is new is added to the first build; DuckDB, beside it, builds all of it at once.
  await tonearm(onSnowflake, 'sink', '--until-idle');
  const runs: RunRecord[] = await Promise.all(
    [onSnowflake, onDuckDb].map((env) => tonearm(env, 'run')),
  );
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['success', 'success'],
  );

  await t.test('the marts are the same files, whichever database they come from', async () => {
    const [found, expected] = [await marts(onSnowflake), await marts(onDuckDb)];
    assert.ok(Object.keys(expected).length >= 15, Object.keys(expected).join(', '));
    assertSameRows(found, expected);
  });

  await t.test('silver has the same rows in both', async () => {
    const file = join(onDuckDb.TONEARM_DATA, 'warehouse.duckdb');
    const expected = Object.fromEntries(
      Object.entries(await rowsOfWarehouse(file)).filter(([name]) => name.startsWith('silver.')),
    );
    assert.ok(Object.keys(expected).length >= 6, Object.keys(expected).join(', '));
    const found = await snowflake.asAdministrator((ask) =>
      rowsOfSnowflake(ask, database, file, Object.keys(expected)),
    );
    assertSameRows(found, expected);
  });

  await t.test('what is deleted and what takes its place are kept together', async () => {
    const open = new Set<string>();
    const within = new Set<string>();
    for (const { sql, tag } of await snowflake.statements()) {
      const model = /"node_id": "model\.tonearm\.(\w+)"/.exec(sql)?.[1];
      if (!tag.endsWith(':transform') || model === undefined) continue;
      if (/^begin\b/i.test(sql)) open.add(model);
      if (/^commit\b/i.test(sql)) open.delete(model);
      if (!/^(delete|insert)\b/i.test(sql)) continue;
      assert.ok(open.has(model), `${model}: ${sql.slice(0, 200)}`);
      within.add(model);
    }
    assert.deepEqual([...open], []);
    for (const model of ['plays', 'sessions', 'tracks', 'daily_breakdown']) {
      assert.ok(within.has(model), `${model} of ${[...within].join(', ')}`);
    }
  });

  await t.test(
    'what is too much for one statement is made in batches, with the same rows',
    async () => {
      const tables = ['gold.daily_breakdown', 'gold.user_recommendations'];
      const rows = () =>
        snowflake.asAdministrator((ask) =>
          rowsOfSnowflake(ask, database, join(onDuckDb.TONEARM_DATA, 'warehouse.duckdb'), tables),
        );
      const folder = join(onSnowflake.TONEARM_DATA, 'run/dbt');
      const build = async (...more: string[]) => {
        const models = tables.map((table) => table.slice('gold.'.length));
        const folders = ['--project-dir', project, '--profiles-dir', folder];
        const own = ['--target-path', join(root, 'target'), '--log-path', join(root, 'logs')];
        const env = {
          PATH: process.env.PATH,
          TONEARM_QUERY_TAG: 'batches',
          DBT_ENV_SECRET_SNOWFLAKE_PASSWORD: onSnowflake.TONEARM_SNOWFLAKE_PASSWORD,
        };
        await promisify(execFile)(
          join(dbtPython, '../dbt'),
          ['run', '--select', ...models, ...folders, ...own, ...more],
          { env },
        );
      };
      const inserted = async () => {
        const asked = await snowflake.statements();
        return asked.filter(({ sql }) => /^insert into .*\) as batch\b/is.test(sql));
      };
      const small = ['--vars', '{batch_rows: 100, batch_size: 3}'];
      await build('--full-refresh');
      const atOnce = await rows();
      for (const table of tables) assert.ok(atOnce[table]!.length > 50, table);
      assert.equal((await inserted()).length, 0);
      await build('--full-refresh', ...small);
      const first = await inserted();
      for (const table of tables) {
        const name = new RegExp(`^insert into \\S*${table.replace('.', '\\.')}__dbt_tmp\\b`, 'i');
        assert.ok(first.filter(({ sql }) => name.test(sql)).length >= 3, table);
      }
      assertSameRows(await rows(), atOnce);
      // As if everything had come since they were built: what is made in between is in batches as well.
      await snowflake.asAdministrator(async (ask) => {
        for (const table of tables) {
          await ask(`update ${database}.${table} set built_from_version = 0`);
        }
      });
      await build(...small);
      assert.equal((await inserted()).length, 2 * first.length);
      assertSameRows(await rows(), atOnce);
    },
  );

  await t.test('a query in Snowflake has what the lake has', async () => {
    const [silver] = await tonearm(onSnowflake, 'query', 'select count(*) as n from silver.plays');
    const [lake] = await tonearm(
      onSnowflake,
      'query',
      'select count(distinct event_id) as n from bronze.plays',
    );
    assert.ok(silver.n > 0);
    assert.equal(silver.n, lake.n);
    const [both] = await tonearm(
      onSnowflake,
      'query',
      'select count(distinct silver.event_id) as n from silver.plays as silver inner join bronze.plays as lake on silver.event_id = lake.event_id',
    );
    assert.equal(both.n, silver.n);
  });

  await t.test('the API serves what came out of Snowflake', async (own) => {
    const [port] = await freePorts(1);
    const child = spawn(process.execPath, [cli, 'serve', '--port', String(port)], {
      env: onSnowflake,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    own.after(() => child.kill('SIGTERM'));
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      assert.equal(response.status, 200, path);
      return (await response.json()) as never;
    };
    while (!(await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined))?.ok) {
      assert.equal(child.exitCode, null, 'serve ended');
      await delay(100);
    }
    const [listener] = await tonearm(
      onSnowflake,
      'query',
      'select user_id, count(*) as n from silver.plays group by user_id order by n desc, user_id limit 1',
    );
    const { days }: { days: { plays: number }[] } = await get(
      `/api/trends/daily?user=${listener.user_id}`,
    );
    assert.equal(
      days.reduce((sum, day) => sum + day.plays, 0),
      listener.n,
    );
    const state: { stages: { name: string; status: string }[] } = await get('/api/health');
    assert.equal(state.stages.find(({ name }) => name === 'warehouse')?.status, 'ok');
  });

  await t.test(
    'cost is what Snowflake has billed, by stage, and a sentence where it may not be read',
    async () => {
      const report = await tonearm(onSnowflake, 'cost');
      assert.equal(report.basis, 'billed');
      assert.equal(report.problem, undefined);
      const credits = new Map<string, number>(
        report.lines
          .filter(({ unit }: { unit: string }) => unit === 'credits')
          .map(({ stage, quantity }: { stage: string; quantity: number }) => [stage, quantity]),
      );
      for (const stage of ['transform', 'publish', 'query', 'cost', 'setup']) {
        assert.ok((credits.get(stage) ?? 0) > 0, `${stage} of ${[...credits.keys()]}`);
      }
      assert.match(report.assumptions.join('\n'), /2 builds were among them/);
      await snowflake.asAdministrator((ask) =>
        ask(`revoke database role snowflake.governance_viewer from role ${database}_BILLING`),
      );
      const modelled = await tonearm(onSnowflake, 'cost');
      assert.equal(modelled.basis, 'measured');
      assert.match(modelled.problem, /TONEARM_BILLING may not read .* warehouse setup/);
    },
  );
});
