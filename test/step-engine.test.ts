import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseConfig } from '../src/config.ts';
import { TonearmError } from '../src/errors.ts';
import { openLake } from '../src/lake/index.ts';
import { openLog } from '../src/log/index.ts';
import type { StepName } from '../src/pipeline.ts';
import { lockPipeline } from '../src/pipeline-lock.ts';
import { runStep } from '../src/step-engine.ts';
import type { BuildResult, DbtRunner } from '../src/warehouse/index.ts';

const passed: BuildResult = {
  ok: true,
  tests: { passed: 3, failed: 0, warned: 0, failures: [] },
  models: [],
  results: [{ name: 'plays', type: 'model', status: 'success', seconds: 0.1 }],
  nodes: [],
};

async function workspace(t: TestContext) {
  const data = await mkdtemp(join(tmpdir(), 'tonearm-step-'));
  const config = parseConfig({ TONEARM_DATA: data }, data);
  let now = Date.UTC(2026, 0, 1);
  const clock = () => {
    now += 1000;
    return now;
  };
  const log = await openLog(config.log, { clock });
  t.after(async () => {
    await log.close();
    await rm(data, { recursive: true, force: true });
  });
  const lake = await openLake(config, clock);
  const run = (step: StepName, options: { runId?: string; build?: DbtRunner['build'] } = {}) =>
    runStep({
      config,
      log,
      lake,
      clock,
      step,
      runId: options.runId ?? 'scheduled__2026-01-01T00:00:00+00:00',
      signal: new AbortController().signal,
      fullRefresh: true,
      ingest: true,
      runner: async () => ({
        build: options.build ?? (async () => passed),
        close: async () => undefined,
        kill: () => undefined,
      }),
    });
  const records = async () =>
    Promise.all(
      (await readdir(config.runsDirectory).catch(() => [])).map(async (name) =>
        JSON.parse(await readFile(join(config.runsDirectory, name), 'utf8')),
      ),
    );
  return { config, run, records };
}

const code = (expected: string) => (error: unknown) =>
  error instanceof TonearmError && error.code === expected;

test('an empty lake stops the run: later steps have nothing to do and say why', async (t) => {
  const { run, records } = await workspace(t);
  assert.equal((await run('ingest')).record.status, 'success');
  assert.equal((await run('validate')).record.message, 'The lake is still empty.');
  const { record } = await run('transform');
  assert.deepEqual([record.status, record.message], ['skipped', 'The lake is still empty.']);
  const [left, ...more] = await records();
  assert.equal(more.length, 0);
  assert.equal(left.status, 'skipped');
  assert.deepEqual(
    left.steps.map(({ name }: { name: string }) => name),
    ['ingest', 'validate', 'transform'],
  );
});

test('a step that fails leaves a failed run, and replaces it when it is run again', async (t) => {
  const { run, records } = await workspace(t);
  await run('ingest');
  const failing = async (): Promise<BuildResult> => ({
    ...passed,
    ok: false,
    error: 'no such column',
  });
  await assert.rejects(run('transform', { build: failing }), code('TNA_WAREHOUSE_BUILD_FAILED'));
  assert.deepEqual(
    (await records()).map(({ status, error }) => [status, error.code]),
    [['failed', 'TNA_WAREHOUSE_BUILD_FAILED']],
  );
  await assert.rejects(run('quality'), code('TNA_PIPELINE_NOT_BUILT'));
  assert.deepEqual((await run('transform')).findings.results, passed.results);
  assert.equal((await run('quality')).record.status, 'success');
});

test('a build whose tests failed is neither judged good nor published by any run', async (t) => {
  const { run } = await workspace(t);
  await run('transform', { runId: 'a' });
  const bad = { ...passed.tests, passed: 2, failed: 1 };
  await run('transform', { runId: 'b', build: async () => ({ ...passed, ok: false, tests: bad }) });
  await assert.rejects(run('quality', { runId: 'a' }), code('TNA_QUALITY_FAILED'));
  await assert.rejects(run('publish', { runId: 'a' }), code('TNA_QUALITY_FAILED'));
});

test('a step beside another engine is told who is at work', async (t) => {
  const { config, run } = await workspace(t);
  const lock = await lockPipeline(config, 'process 7, the built-in scheduler');
  await assert.rejects(run('ingest'), (error: TonearmError) => {
    assert.equal(error.code, 'TNA_PIPELINE_BUSY');
    assert.match(error.message, /process 7, the built-in scheduler/);
    return true;
  });
  lock.release();
  assert.equal((await run('ingest')).record.status, 'success');
});

test('a run id that could leave the folder is refused', async (t) => {
  const { run } = await workspace(t);
  await assert.rejects(run('ingest', { runId: '../../etc/passwd' }), code('TNA_USAGE'));
});
