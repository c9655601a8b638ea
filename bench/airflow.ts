/** The hourly DAG on N events beside the built-in engine: `node bench/airflow.ts [events]` (1,000,000). */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../src/config.ts';
import { pipelineSteps } from '../src/pipeline.ts';
import type { RunRecord } from '../src/run-records.ts';
import { startAirflow } from '../src/services/index.ts';
import { AirflowApi, until } from '../test/integration/airflow-api.ts';
import { measure, row } from './measure.ts';

const events = process.argv[2] ?? '1000000';
const dag = 'tonearm_hourly';
const cli = join(import.meta.dirname, '../src/cli.ts');
const root = await mkdtemp(join(tmpdir(), 'tonearm-bench-airflow-'));
const byAirflow = join(root, 'airflow');
const builtIn = join(root, 'built-in');

function tonearm(data: string, ...args: string[]): void {
  const done = spawnSync(process.execPath, [cli, ...args, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, TONEARM_DATA: data },
  });
  if (done.status !== 0) throw new Error(`${args.join(' ')}: ${done.stderr}`);
}

async function lastRun(data: string): Promise<RunRecord> {
  const [name] = (await readdir(join(data, 'runs'))).sort().reverse();
  return JSON.parse(await readFile(join(data, 'runs', name!), 'utf8')) as RunRecord;
}

try {
  tonearm(byAirflow, 'simulate', '--events', events, '--users', '2000');
  await cp(join(byAirflow, 'log'), join(builtIn, 'log'), { recursive: true });
  const alone = await measure(() => tonearm(builtIn, 'run'));

  const config = parseConfig({ TONEARM_DATA: byAirflow }, root);
  const started = performance.now();
  const service = await startAirflow({ directory: join(root, 'service'), config, paused: true });
  const startSeconds = (performance.now() - started) / 1000;
  try {
    const api = await AirflowApi.open(service);
    const dagRun = await measure(async () => {
      await api.switchOn(dag);
      const run = await until('the first interval', async () => (await api.runs(dag))[0]);
      const state = await api.end(dag, run.dag_run_id, 30 * 60_000);
      if (state !== 'success') throw new Error(`The DAG ended with ${state}.`);
      return run.dag_run_id;
    });
    const steps = [await lastRun(builtIn), await lastRun(byAirflow)].map(({ steps }) => steps);
    row('seconds', 'built-in', 'Airflow');
    for (const { name } of pipelineSteps) {
      const seconds = steps.map((list) => {
        const step = list.find((one) => one.name === name);
        return step === undefined ? '-' : (step.duration_ms / 1000).toFixed(2);
      });
      row(`  ${name}, the work alone`, ...seconds);
    }
    row(`${events} events to marts`, alone.wall.toFixed(1), dagRun.wall.toFixed(1));
    row('Airflow until it is healthy', '', startSeconds.toFixed(1));
  } finally {
    await service.stop();
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
