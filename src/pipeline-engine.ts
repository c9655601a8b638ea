/** The built-in engine: one pipeline run from beginning to end, with its record. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TonearmError } from './errors.ts';
import { runEvents } from './openlineage/index.ts';
import { runPipeline, type StepName } from './pipeline.ts';
import { lockPipeline } from './pipeline-lock.ts';
import {
  noTests,
  type PipelineFindings,
  type PipelineParts,
  pipelineWork,
} from './pipeline-work.ts';
import type { RunRecord, StepRecord } from './run-records.ts';

const runsKept = 500;

export interface EngineOptions extends Omit<PipelineParts, 'runId'> {
  readonly signal?: AbortSignal;
  readonly onStep?: (name: StepName, record?: StepRecord) => void;
  /** Wait so many ms for another run to end; 0 when left out. */
  readonly waitMs?: number;
  /** Keep no record of a run that had nothing to do. */
  readonly quiet?: boolean;
}

/**
 * Runs the pipeline once and writes its record under `<data>/runs`.
 * @throws TonearmError TNA_PIPELINE_BUSY when another process is running it.
 */
export async function runOnce(
  options: EngineOptions,
): Promise<{ record: RunRecord; error: unknown }> {
  const { config, clock } = options;
  const lock = await lockPipeline(
    config,
    `process ${process.pid}, the built-in scheduler`,
    options,
  );
  try {
    const started = clock();
    const runId = `${new Date(started).toISOString().replaceAll(/[-:.]/g, '')}-${randomUUID().slice(0, 8)}`;
    const findings: PipelineFindings = { tests: noTests };
    const { steps, error } = await runPipeline(
      pipelineWork({ ...options, runId }, findings),
      options,
    );
    const idle = error === undefined && findings.martVersion === undefined;
    const record: RunRecord = {
      run_id: runId,
      status: error !== undefined ? 'failed' : idle ? 'skipped' : 'success',
      started_at: new Date(started).toISOString(),
      finished_at: new Date(clock()).toISOString(),
      duration_ms: clock() - started,
      full_refresh: options.fullRefresh,
      ...(options.range === undefined ? {} : { range: options.range }),
      steps,
      tests: findings.tests,
      ...(findings.martVersion === undefined ? {} : { mart_version: findings.martVersion }),
      ...(findings.martVersion === undefined ? {} : { lake_versions: findings.versions }),
      ...(error === undefined ? {} : { error: describe(error) }),
    };
    // After a failure even a run without work is news: it is over.
    const isNews = !idle || !options.quiet || (await lastRunFailed(config.runsDirectory));
    if (isNews) {
      await writeRecord(config.runsDirectory, record);
      options.telemetry?.ran(record);
      if (record.status !== 'skipped') {
        await options.lineage?.send(runEvents(record, config.openLineage.namespace));
      }
    }
    return { record, error };
  } finally {
    lock.release();
  }
}

export function describe(error: unknown): { code: string; message: string } {
  return {
    code: error instanceof TonearmError ? error.code : 'UNEXPECTED',
    message: error instanceof Error ? error.message : String(error),
  };
}

async function lastRunFailed(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => [] as string[]);
  const newest = names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .at(-1);
  if (newest === undefined) return false;
  const text = await readFile(join(directory, newest), 'utf8').catch(() => '');
  return /"status": "failed"/.test(text.slice(0, 200));
}

export async function writeRecord(directory: string, record: RunRecord): Promise<void> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${record.run_id}.json`);
  await writeFile(`${path}.tmp`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${path}.tmp`, path);
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  for (const name of names.slice(0, Math.max(0, names.length - runsKept))) {
    await rm(join(directory, name), { force: true });
  }
}
