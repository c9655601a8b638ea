/**
 * One step of the pipeline in a process of its own, for engines that bring their own order, retries
 * and clock. What the steps of a run tell each other is one small file under `<data>/run/steps`.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TonearmError } from './errors.ts';
import { runEvents } from './openlineage/index.ts';
import { pipelineSteps, type StepName, type StepOutcome } from './pipeline.ts';
import { describe, writeRecord } from './pipeline-engine.ts';
import { lockPipeline } from './pipeline-lock.ts';
import {
  noTests,
  type PipelineFindings,
  type PipelineParts,
  pipelineWork,
} from './pipeline-work.ts';
import type { RunRecord, StepRecord, TestSummary } from './run-records.ts';

/** Runs whose steps are remembered; older ones begin anew when a step of theirs is run again. */
const runsKept = 200;

/** What is known of a run whose steps have begun. */
interface OpenRun {
  /** As in the run records: sorts by the time of the first step. */
  readonly run_id: string;
  readonly started_at: string;
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly tests: TestSummary;
  readonly mart_version?: string;
  /** Why later steps have nothing to do. */
  readonly stopped?: string;
}

export interface StepOptions extends Omit<PipelineParts, 'runId'> {
  readonly step: StepName;
  /** The other engine's name of the run. */
  readonly runId: string;
  readonly signal: AbortSignal;
}

export interface StepResult {
  readonly run_id: string;
  readonly record: StepRecord;
  readonly findings: PipelineFindings;
}

/**
 * Runs one step, once. The run's record is written when it has an outcome: a step failed, there was
 * nothing to do, or the last step has ended. Running a step again replaces what it said before.
 * @throws TonearmError TNA_PIPELINE_BUSY while another step or run is at work, TNA_PIPELINE_STOPPED
 * when the signal came first, and whatever the step fails with.
 */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const { config, clock, step, signal } = options;
  const holder = `step ${step} of run ${options.runId}, process ${process.pid}`;
  const lock = await lockPipeline(config, holder);
  try {
    const file = join(config.dataDirectory, 'run', 'steps', fileName(options.runId));
    const run = await readRun(file, options.runId, clock());
    const started = clock();
    const findings: PipelineFindings = { tests: run.tests };
    const after = (outcome: Omit<StepRecord, 'name' | 'started_at' | 'duration_ms'>): OpenRun => ({
      ...run,
      steps: {
        ...run.steps,
        [step]: {
          name: step,
          started_at: new Date(started).toISOString(),
          duration_ms: clock() - started,
          ...outcome,
        },
      },
      tests: findings.tests,
      ...(findings.martVersion === undefined ? {} : { mart_version: findings.martVersion }),
    });
    const end = async (next: OpenRun, error?: unknown): Promise<StepResult> => {
      await writeRun(file, next);
      const hasOutcome =
        error !== undefined || next.stopped !== undefined || step === pipelineSteps.at(-1)!.name;
      if (hasOutcome) {
        const record = recordOf(next, options, error);
        await writeRecord(config.runsDirectory, record);
        if (record.status !== 'skipped') {
          await options.lineage?.send(runEvents(record, config.openLineage.namespace));
        }
      }
      if (error !== undefined) throw error;
      return { run_id: next.run_id, record: next.steps[step]!, findings };
    };
    const stopped = earlier(step).includes('validate') ? run.stopped : undefined;
    if (stopped !== undefined) return await end(after({ status: 'skipped', message: stopped }));
    try {
      await options.lake.refresh();
      const work = pipelineWork({ ...options, runId: run.run_id }, findings)[step];
      const { stop, ...outcome } = await untilStopped(work(signal), signal);
      return await end({ ...after(outcome), stopped: stop ? reason(outcome) : undefined });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return await end({ ...after({ status: 'failed', message }), stopped: undefined }, error);
    }
  } finally {
    lock.release();
  }
}

const reason = ({ message }: StepOutcome) => message ?? 'There is nothing to do.';

const earlier = (step: StepName): readonly string[] =>
  pipelineSteps
    .slice(
      0,
      pipelineSteps.findIndex(({ name }) => name === step),
    )
    .map(({ name }) => name);

/** Steps that do not look at the signal are left where they are: each can be cut short anywhere. */
async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = () =>
    new TonearmError('TNA_PIPELINE_STOPPED', 'The step was stopped before its end.', {
      remedy: 'Run it again: it goes on from what is done.',
    });
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(stopped());
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const result = await Promise.race([work, aborted]);
    // A sink that was told to stop ends in order, before it has caught up.
    if (signal.aborted) throw stopped();
    return result;
  } finally {
    signal.removeEventListener('abort', onAbort!);
    work.catch(() => undefined);
  }
}

function recordOf(run: OpenRun, options: StepOptions, error: unknown): RunRecord {
  const steps = pipelineSteps.flatMap(({ name }) => run.steps[name] ?? []);
  const now = options.clock();
  const failed = steps.some(({ status }) => status === 'failed');
  const published = run.mart_version !== undefined;
  return {
    run_id: run.run_id,
    status: failed ? 'failed' : published ? 'success' : 'skipped',
    started_at: run.started_at,
    finished_at: new Date(now).toISOString(),
    duration_ms: now - Date.parse(run.started_at),
    full_refresh: options.fullRefresh,
    ...(options.range === undefined ? {} : { range: options.range }),
    steps,
    tests: run.tests,
    ...(run.mart_version === undefined ? {} : { mart_version: run.mart_version }),
    ...(error === undefined ? {} : { error: describe(error) }),
  };
}

/** @throws TonearmError TNA_USAGE */
function fileName(runId: string): string {
  if (!/^[\w.:+-]{1,200}$/.test(runId)) {
    throw new TonearmError('TNA_USAGE', `"${runId}" cannot name a run.`, {
      remedy: 'Use letters, digits and _ . : + - in --run-id.',
    });
  }
  return `${runId.replaceAll(/[:+]/g, '-')}.json`;
}

async function readRun(file: string, runId: string, now: number): Promise<OpenRun> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as OpenRun;
  const at = new Date(now).toISOString();
  const name = runId.replaceAll(/[:+]/g, '-');
  return {
    run_id: `${at.replaceAll(/[-:.]/g, '')}-${name}`,
    started_at: at,
    steps: {},
    tests: noTests,
  };
}

async function writeRun(file: string, run: OpenRun): Promise<void> {
  const directory = join(file, '..');
  await mkdir(directory, { recursive: true });
  await writeFile(`${file}.tmp`, JSON.stringify(run));
  await rename(`${file}.tmp`, file);
  const names = await readdir(directory);
  if (names.length <= runsKept) return;
  const runs = await Promise.all(
    names.map(async (name) => ({
      name,
      at: (JSON.parse(await readFile(join(directory, name), 'utf8')) as OpenRun).started_at,
    })),
  );
  runs.sort((a, b) => a.at.localeCompare(b.at));
  for (const { name } of runs.slice(0, runs.length - runsKept)) {
    await rm(join(directory, name), { force: true });
  }
}
