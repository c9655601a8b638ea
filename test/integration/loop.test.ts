import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { breaches } from '../openlineage/official-schema.ts';
import { assertSameRows, rowsOfWarehouse } from './rows-of-warehouse.ts';
import { assertSameWrapped } from './same-wrapped.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');

async function workspace(t: TestContext) {
  const data = await mkdtemp(join(tmpdir(), 'tonearm-loop-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const tonearm = (...args: string[]) => {
    const done = spawnSync(process.execPath, [cli, ...args], {
      encoding: 'utf8',
      env: { ...process.env, TONEARM_DATA: data },
      maxBuffer: 64 << 20,
    });
    const last = done.stdout.trim().split('\n').at(-1) ?? '';
    return {
      code: done.status,
      stdout: done.stdout,
      stderr: done.stderr,
      json: () => JSON.parse(last),
    };
  };
  return { data, tonearm };
}

const noPython = (t: TestContext): boolean => {
  if (hasPythonEnvironment()) return false;
  t.skip('the Python environment is missing: node scripts/python-environment.mjs');
  return true;
};

test('simulate, sink, run, query: every event is accounted for, and a second run changes nothing', async (t) => {
  if (noPython(t)) return;
  const { data, tonearm } = await workspace(t);
  const made = tonearm(
    'simulate',
    '--events',
    '10000',
    '--seed',
    '4',
    '--malformed',
    '0.01',
    '--duplicates',
    '0.02',
    '--json',
  );
  assert.equal(made.code, 0, made.stderr);
  const { produced } = made.json();
  const sunk = tonearm('sink', '--until-idle', '--json').json();
  const letters = (topic: string) =>
    tonearm(
      'query',
      `select count(*) as n from bronze.dead_letters where origin_topic = '${topic}'`,
      '--json',
    ).json()[0].n;
  assert.equal(sunk.committed.plays + letters('plays'), produced.plays);
  assert.equal(sunk.committed.skips + letters('skips'), produced.skips);

  const first = tonearm('run', '--json');
  assert.equal(first.code, 0, first.stdout + first.stderr);
  const run = first.json();
  assert.equal(run.status, 'success');
  assert.equal(run.tests.failed, 0);
  assert.ok(run.tests.passed > 30);

  const [silver] = tonearm(
    'query',
    'select count(*) as n, count(distinct event_id) as ids from silver.plays',
    '--json',
  ).json();
  const [bronze] = tonearm(
    'query',
    'select count(distinct event_id) as ids from bronze.plays',
    '--json',
  ).json();
  const [gold] = tonearm(
    'query',
    'select sum(plays) as n, min(day) as first from gold.daily_listening_stats',
    '--json',
  ).json();
  assert.equal(silver.n, silver.ids);
  assert.equal(silver.n, bronze.ids);
  assert.equal(gold.n, silver.n);
  assert.equal(gold.first, '2025-11-01');

  const lineage = () =>
    readdirSync(join(data, 'lineage')).flatMap((name) =>
      readFileSync(join(data, 'lineage', name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
  const told = lineage();
  await t.test('every step and model tells its lineage by the official schema', () => {
    assert.deepEqual(told.flatMap(breaches), []);
    const completed = (job: string) =>
      told.find((one) => one.job.name === job && one.eventType === 'COMPLETE');
    const [written] = completed('dbt.silver.plays').outputs;
    assert.equal(written.outputFacets.outputStatistics.rowCount, silver.n);
    const stored = completed('sink').outputs.find(({ name }: { name: string }) =>
      name.endsWith('/lake/plays'),
    );
    assert.equal(stored.outputFacets.outputStatistics.rowCount, sunk.committed.plays);
    for (const job of ['pipeline', 'pipeline.transform', 'pipeline.quality', 'pipeline.publish']) {
      assert.ok(completed(job) !== undefined, job);
    }
    assert.equal(
      completed('pipeline.publish').outputs.length,
      Object.keys(run.steps.at(-1).counts).length,
    );
  });

  const again = tonearm('run', '--json');
  assert.equal(again.code, 99);
  assert.equal(lineage().length, told.length, 'a run that had nothing to do tells nothing');
  assert.equal(again.json().status, 'skipped');
  assert.equal(again.json().mart_version, run.mart_version);

  await t.test(
    'late, repeated and new events in small steps end with the rows of a full refresh',
    async () => {
      const turnOfTheYear = ['--users', '12', '--from', '2024-12-20', '--to', '2025-01-12'];
      for (const [seed, when] of [
        ['5', []],
        ['6', turnOfTheYear],
      ] as const) {
        tonearm(
          'simulate',
          ...when,
          '--events',
          '1500',
          '--seed',
          seed,
          '--late',
          '0.2',
          '--duplicates',
          '0.1',
          '--out-of-order',
          '0.1',
          '--json',
        );
        const step = tonearm('run', '--json');
        assert.equal(step.code, 0, step.stdout + step.stderr);
      }
      const stepwise = await rowsOfWarehouse(join(data, 'warehouse.duckdb'));
      const full = tonearm('run', '--full-refresh', '--json');
      assert.equal(full.code, 0, full.stdout + full.stderr);
      assertSameRows(stepwise, await rowsOfWarehouse(join(data, 'warehouse.duckdb')));
    },
  );

  await t.test(
    'the Wrapped that the API counts from plays is that of gold, by listener and year',
    async () => {
      const compared = await assertSameWrapped(join(data, 'marts'));
      const ready = compared.filter((one) => one.ready);
      assert.deepEqual([...new Set(compared.map(({ year }) => year))].sort(), [2024, 2025]);
      assert.ok(ready.length > 5 && ready.length < compared.length, JSON.stringify(compared));
    },
  );

  await t.test('a failing test publishes nothing, and what was published stays', async () => {
    const before = readFileSync(join(data, 'marts/current.json'), 'utf8');
    // A manifest that hides a file: the rows of silver and of gold no longer add up.
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(join(data, 'warehouse.duckdb'));
    const connection = await instance.connect();
    await connection.run('insert into silver.plays select * from silver.plays limit 1');
    connection.closeSync();
    instance.closeSync();
    tonearm('simulate', '--events', '200', '--seed', '77', '--json');
    const failed = tonearm('run', '--json');
    assert.equal(failed.code, 1);
    assert.equal(failed.json().status, 'failed');
    assert.ok(failed.json().tests.failed > 0);
    assert.match(failed.stderr, /TNA_QUALITY_FAILED/);
    assert.equal(readFileSync(join(data, 'marts/current.json'), 'utf8'), before);
    const newest = readdirSync(join(data, 'quality')).sort().at(-1)!;
    const { tests } = JSON.parse(readFileSync(join(data, 'quality', newest), 'utf8'));
    const twice = tests.find((one: { name: string }) => one.name === 'unique_plays_event_id');
    assert.equal(twice.status, 'fail');
    assert.deepEqual(twice.failing.rows[0].at(-1), 2, 'the row that was found, and how often');
    assert.match(twice.sql, /having count\(\*\) > 1/);
  });
});

test('an import done twice doubles nothing', async (t) => {
  if (noPython(t)) return;
  const { data, tonearm } = await workspace(t);
  const rows = Array.from({ length: 50 }, (_, index) => ({
    endTime: `2024-02-${String(1 + (index % 29)).padStart(2, '0')} 10:${String(index % 60).padStart(2, '0')}`,
    artistName: `Artist ${index % 4}`,
    trackName: `Song ${index % 9}`,
    msPlayed: index === 0 ? 0 : 1000 * index,
  }));
  const file = join(data, 'StreamingHistory0.json');
  await writeFile(file, JSON.stringify(rows));
  for (let time = 0; time < 2; time += 1) {
    const done = tonearm('import', file, '--user', 'ana', '--json');
    assert.equal(done.code, 0, done.stderr);
    const { read, imported, left_out } = done.json();
    assert.deepEqual([read, imported, left_out], [50, 49, { zero_length: 1 }]);
    assert.equal(tonearm('run', '--json').code, 0);
  }
  const [silver] = tonearm('query', 'select count(*) as n from silver.plays', '--json').json();
  assert.equal(silver.n, 49);
});

test('wrong usage ends with 2 and one clear sentence', async (t) => {
  const { tonearm } = await workspace(t);
  for (const args of [
    ['simulate'],
    ['simulate', '--events', 'many'],
    ['query'],
    ['nonsense'],
    ['simulate', '--events', '5', '--from', 'yesterday'],
  ]) {
    assert.equal(tonearm(...args).code, 2, args.join(' '));
  }
  assert.equal(tonearm('--help').code, 0);
  const refused = tonearm('query', 'drop table gold.x', '--json');
  assert.equal(refused.code, 1);
  assert.equal(refused.json().error.code, 'TNA_QUERY_REFUSED');
});
