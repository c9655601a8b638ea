/** Real Airflow from the lock file, started once, driven through its REST API. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { parseConfig } from '../../src/config.ts';
import { lockPipeline, pipelineLockPath } from '../../src/pipeline-lock.ts';
import { lockHolder } from '../../src/process-lock.ts';
import { webhookReceiver } from '../alerts/receivers.ts';
import { testAirflow } from '../services/test-services.ts';
import { AirflowApi, until } from './airflow-api.ts';
import { assertSameRows, rowsOfWarehouse } from './rows-of-warehouse.ts';

const hourly = 'tonearm_hourly';
const cli = join(import.meta.dirname, '../../src/cli.ts');
const data = await mkdtemp(join(tmpdir(), 'tonearm-airflow-data-'));
const config = parseConfig({ TONEARM_DATA: data }, data);
const finish: (() => unknown)[] = [];
const receiver = await webhookReceiver({ after: (work: () => unknown) => finish.push(work) });

const started = hasPythonEnvironment()
  ? await testAirflow({
      config,
      settings: { TONEARM_ALERT_WEBHOOK: receiver.url, TONEARM_ALERT_GROUP_SECONDS: '0' },
    })
  : ({ service: undefined, skip: 'the Python environment of dbt is missing' } as const);
const { service, skip } = started;
const api = service === undefined ? undefined : await AirflowApi.open(service);
after(async () => {
  for (const work of finish) await work();
  await rm(data, { recursive: true, force: true });
});

/** Ends with the last line that the command prints. */
async function tonearm(directory: string, ...args: string[]) {
  const child = spawn(process.execPath, [cli, ...args, '--json'], {
    env: { ...process.env, TONEARM_DATA: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, result: JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null'), stderr };
}

let seed = 10;
/** More events, so that a run has something to do. */
async function listenMore(events = 300): Promise<void> {
  seed += 1;
  const made = await tonearm(data, 'simulate', '--events', String(events), '--seed', String(seed));
  assert.equal(made.code, 0, made.stderr);
}

const content = () => rowsOfWarehouse(config.warehouse.path);

const project = readFileSync(join(import.meta.dirname, '../../dbt/dbt_project.yml'), 'utf8');
/** Hourly runs leave these out, but for the first run of a day. */
const waiting = [...project.matchAll(/^ +(\w+): \{\+tags: \[slow\b/gm)].map(([, name]) => name!);
const builtEachHour = (rows: Record<string, string[]>) =>
  Object.fromEntries(
    Object.entries(rows).filter(([table]) => !waiting.includes(table.split('.')[1]!)),
  );

/** The process that works on the pipeline now, when it is in this step. */
const workingOn = (step: string) =>
  until(`${step} to be at work`, async () => {
    const holder = lockHolder(pipelineLockPath(data));
    const [, name, pid] = /^step (\S+) of run .*, process (\d+)$/.exec(holder ?? '') ?? [];
    return name === step ? Number(pid) : undefined;
  });

test('the hourly DAG takes 12,000 events to the marts, with the rows that the built-in engine makes', {
  skip,
}, async (t) => {
  const made = await tonearm(data, 'simulate', '--events', '12000', '--seed', '4');
  const copy = await mkdtemp(join(tmpdir(), 'tonearm-airflow-copy-'));
  t.after(() => rm(copy, { recursive: true, force: true }));
  await cp(join(data, 'log'), join(copy, 'log'), { recursive: true });
  await api!.switchOn(hourly);
  const first = await until('the first interval', async () => (await api!.runs(hourly))[0]);
  assert.equal(await api!.end(hourly, first.dag_run_id), 'success');
  // Real intervals: one hour that has ended.
  const [from, to] = [first.data_interval_start!, first.data_interval_end!];
  assert.equal(Date.parse(to) - Date.parse(from), 3_600_000);

  const tasks = await api!.tasks(hourly, first.dag_run_id);
  assert.deepEqual(Object.fromEntries(tasks.map(({ task_id, state }) => [task_id, state])), {
    ingest: 'success',
    compact: 'skipped',
    validate: 'success',
    transform: 'success',
    quality: 'success',
    recommend: 'success',
    publish: 'success',
  });
  const ingest = await api!.xcom(hourly, first.dag_run_id, 'ingest');
  assert.equal((ingest.counts as { plays: number }).plays, made.result.produced.plays);
  const transform = await api!.xcom(hourly, first.dag_run_id, 'transform');
  const results = transform.results as { name: string; type: string; status: string }[];
  assert.ok(results.some(({ name, status }) => name === 'plays' && status === 'success'));
  assert.ok(results.filter(({ type, status }) => type === 'test' && status === 'pass').length > 50);
  const log = await api!.log(hourly, first.dag_run_id, 'transform', 1);
  assert.match(log, /OK created .*daily_listening_stats/);
  assert.match(log, /PASS unique_/);

  const publish = await api!.xcom(hourly, first.dag_run_id, 'publish');
  const { asset_events } = await api!.call('GET', '/assets/events');
  assert.deepEqual(
    asset_events.map((event: { extra: { version?: string } }) => event.extra.version),
    [publish.mart_version],
  );

  const beside = await tonearm(copy, 'run');
  assert.equal(beside.code, 0, beside.stderr);
  assertSameRows(await content(), await rowsOfWarehouse(join(copy, 'warehouse.duckdb')));
});

test('a step beside another engine is told so, tried again, and succeeds', { skip }, async () => {
  await listenMore();
  const lock = await lockPipeline(config, `process ${process.pid}, the built-in scheduler`);
  const run = await api!.trigger(hourly);
  // The tests after this one are not held up where it fails.
  await api!.reaches(hourly, run, 'ingest', 'up_for_retry').finally(() => lock.release());
  assert.equal(await api!.end(hourly, run), 'success');
  const [ingest] = (await api!.tasks(hourly, run)).filter(({ task_id }) => task_id === 'ingest');
  assert.ok(ingest!.try_number >= 2);
  const log = await api!.log(hourly, run, 'ingest', 1);
  assert.match(log, /Another run of the pipeline is under way \(process \d+, the built-in/);
});

test('a process that is killed in the middle of a step is followed by another, with equal rows', {
  skip,
}, async (t) => {
  await listenMore();
  const run = await api!.trigger(hourly);
  process.kill(await workingOn('transform'), 'SIGKILL');
  await api!.reaches(hourly, run, 'transform', 'up_for_retry');
  assert.equal(await api!.end(hourly, run), 'success');
  const copy = await mkdtemp(join(tmpdir(), 'tonearm-airflow-copy-'));
  t.after(() => rm(copy, { recursive: true, force: true }));
  for (const part of ['log', 'lake']) {
    await cp(join(data, part), join(copy, part), { recursive: true });
  }
  const fresh = await tonearm(copy, 'run');
  assert.equal(fresh.code, 0, fresh.stderr);
  const expected = builtEachHour(await rowsOfWarehouse(join(copy, 'warehouse.duckdb')));
  assert.ok(waiting.length > 5 && Object.keys(expected).length > 10);
  assertSameRows(builtEachHour(await content()), expected);
});

test('a failure that cannot pass is not tried again, tells once over two runs, and once when it is over', {
  skip,
}, async () => {
  await listenMore();
  const entries = join(data, 'lake', 'plays', '_delta_log');
  const next = (await readdir(entries)).filter((name) => /^\d{20}\.json$/.test(name)).length;
  const damaged = join(entries, `${String(next).padStart(20, '0')}.json`);
  await writeFile(damaged, 'no entry\n');
  for (const _ of [1, 2]) {
    const run = await api!.trigger(hourly);
    assert.equal(await api!.end(hourly, run), 'failed');
    const [ingest] = (await api!.tasks(hourly, run)).filter(({ task_id }) => task_id === 'ingest');
    assert.deepEqual([ingest!.state, ingest!.try_number], ['failed', 1]);
  }
  await rm(damaged);
  const run = await api!.trigger(hourly);
  assert.equal(await api!.end(hourly, run), 'success');
  await until('the recovery notice', async () => receiver.messages[1]);
  const [raised, resolved, ...more] = receiver.messages;
  assert.match(raised!.text, /The pipeline fails at ingest/);
  assert.match(resolved!.text, /The pipeline fails at ingest/);
  assert.notEqual(raised!.text, resolved!.text);
  assert.deepEqual(more, []);
});

test('a backfill of six intervals and a run that is cleared change no row', { skip }, async () => {
  // Hourly runs have left models out; a backfill leaves none out.
  const complete = await tonearm(data, 'backfill', '--from', '2025-11-01', '--to', '2025-11-02');
  assert.equal(complete.code, 0, complete.stderr);
  const before = await content();
  const { id } = await api!.call('POST', '/backfills', {
    dag_id: hourly,
    from_date: '2025-11-01T06:00:00Z',
    to_date: '2025-11-01T11:00:00Z',
    max_active_runs: 2,
  });
  await until(
    'the backfill to end',
    async () => {
      const { completed_at } = await api!.call('GET', `/backfills/${id}`);
      return completed_at ?? undefined;
    },
    10 * 60_000,
  );
  const runs = (await api!.runs(hourly)).filter(({ run_type }) => run_type === 'backfill');
  assert.deepEqual(
    runs.map(({ state, data_interval_start }) => [state, data_interval_start]).sort(),
    [6, 7, 8, 9, 10, 11].map((hour) => [
      'success',
      `2025-11-01T${String(hour).padStart(2, '0')}:00:00Z`,
    ]),
  );
  assertSameRows(await content(), before);

  const again = runs[0]!.dag_run_id;
  await api!.call('POST', `/dags/${hourly}/clearTaskInstances`, {
    dry_run: false,
    dag_run_id: again,
    only_failed: false,
    reset_dag_runs: true,
  });
  assert.equal(await api!.end(hourly, again), 'success');
  assertSameRows(await content(), before);
});

test('upkeep, monitoring and a backfill by days run on it too', { skip }, async () => {
  const before = await content();
  const byHand = async (dag: string, conf = {}) => {
    await api!.switchOn(dag);
    const run = await api!.trigger(dag, conf);
    assert.equal(await api!.end(dag, run), 'success');
    return await api!.tasks(dag, run);
  };
  const pieces = await byHand('tonearm_backfill', {
    from: '2025-11-01',
    to: '2025-11-03',
    days: 1,
  });
  assert.deepEqual(
    pieces.map(({ task_id, map_index, state }) => [task_id, map_index, state]).sort(),
    [
      ['backfill', 0, 'success'],
      ['backfill', 1, 'success'],
      ['plan', -1, 'success'],
    ],
  );
  assertSameRows(await content(), before);
  const [check] = await byHand('tonearm_monitoring');
  assert.equal(check!.state, 'success');
  const upkeep = await byHand('tonearm_daily');
  assert.deepEqual(upkeep.map(({ task_id, state }) => [task_id, state]).sort(), [
    ['cost', 'success'],
    ['docs', 'success'],
    ['retention', 'skipped'],
    ['vacuum', 'skipped'],
  ]);
});
