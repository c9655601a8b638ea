/**
 * The pipeline, defined once: which steps there are, in which order, how often each is tried
 * and how long it may take. The built-in scheduler runs it; `pipeline-schedules.ts` makes the runs
 * of other engines from the same list.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { TonearmError } from './errors.ts';
import type { StepRecord, StepStatus } from './run-records.ts';

export interface StepDefinition {
  readonly name: string;
  readonly description: string;
  readonly dependsOn: readonly string[];
  /** Tries after the first. Every step can be repeated without changing the result. */
  readonly retries: number;
  /** Wait before the first retry, in ms; doubled each time. */
  readonly backoffMs: number;
  readonly timeoutMs: number;
}

const minute = 60_000;

export const pipelineSteps = [
  {
    name: 'ingest',
    description: 'Move what is in the log to the lake.',
    dependsOn: [],
    retries: 3,
    backoffMs: 500,
    timeoutMs: 60 * minute,
  },
  {
    name: 'compact',
    description: 'Rewrite the parts of closed hours to one file each.',
    dependsOn: ['ingest'],
    retries: 1,
    backoffMs: 1000,
    timeoutMs: 30 * minute,
  },
  {
    name: 'validate',
    description: 'Check that the log, the lake and the dead letters agree.',
    dependsOn: ['compact'],
    retries: 0,
    backoffMs: 0,
    timeoutMs: 5 * minute,
  },
  {
    name: 'transform',
    description: 'Build bronze, silver and gold from what is new.',
    dependsOn: ['validate'],
    retries: 1,
    backoffMs: 2000,
    timeoutMs: 120 * minute,
  },
  {
    name: 'quality',
    description: 'Judge the tests that ran on silver and gold.',
    dependsOn: ['transform'],
    retries: 0,
    backoffMs: 0,
    timeoutMs: minute,
  },
  {
    name: 'recommend',
    description:
      'Choose the way to recommend once a day, and renew the lists of who has new plays.',
    dependsOn: ['quality'],
    retries: 2,
    backoffMs: 1000,
    timeoutMs: 60 * minute,
  },
  {
    name: 'publish',
    description: 'Export gold as a new version of the marts and point to it.',
    dependsOn: ['recommend'],
    retries: 1,
    backoffMs: 1000,
    timeoutMs: 30 * minute,
  },
] as const satisfies readonly StepDefinition[];

export type StepName = (typeof pipelineSteps)[number]['name'];

/** What a step reports. `skipped` means that it had nothing to do. */
export interface StepOutcome {
  readonly status: Exclude<StepStatus, 'failed'>;
  readonly message?: string;
  readonly counts?: Record<string, number>;
  /** True: later steps are skipped too, since there is nothing for them. */
  readonly stop?: boolean;
}

export type StepWork = (signal: AbortSignal) => Promise<StepOutcome>;

/** Errors that another try may get past. */
const passing = new Set([
  'TNA_LAKE_CONTENTION',
  'TNA_LAKE_UNREACHABLE',
  'TNA_LOG_UNREACHABLE',
  'TNA_PIPELINE_NOT_BUILT',
  'TNA_PIPELINE_STOPPED',
  'TNA_SINK_REPLACED',
  'TNA_WAREHOUSE_LOCKED',
]);

export const isPassing = (error: unknown): boolean =>
  error instanceof TonearmError && passing.has(error.code);

export interface PipelineRun {
  readonly steps: StepRecord[];
  readonly error: unknown;
}

/**
 * Runs the steps in order. A step that fails for good ends the run; the steps after it are
 * recorded as skipped. Failures that can't pass are not tried again.
 */
export async function runPipeline(
  work: Record<StepName, StepWork>,
  options: {
    clock: () => number;
    signal?: AbortSignal;
    onStep?: (name: StepName, record?: StepRecord) => void;
  },
): Promise<PipelineRun> {
  const steps: StepRecord[] = [];
  let error: unknown;
  let stopped: string | undefined;
  for (const step of pipelineSteps) {
    const started = options.clock();
    const record = (status: StepStatus, outcome: Partial<StepOutcome>): StepRecord => ({
      name: step.name,
      status,
      started_at: new Date(started).toISOString(),
      duration_ms: options.clock() - started,
      ...(outcome.message === undefined ? {} : { message: outcome.message }),
      ...(outcome.counts === undefined ? {} : { counts: outcome.counts }),
    });
    if (stopped !== undefined || options.signal?.aborted) {
      steps.push(record('skipped', { message: stopped ?? 'The run was stopped.' }));
      continue;
    }
    options.onStep?.(step.name);
    try {
      const outcome = await attempt(step, work[step.name], options.signal);
      steps.push(record(outcome.status, outcome));
      if (outcome.stop) stopped = outcome.message ?? `${step.name} had nothing to do.`;
    } catch (failure) {
      error = failure;
      const message = failure instanceof Error ? failure.message : String(failure);
      steps.push(record('failed', { message }));
      stopped = `${step.name} failed.`;
    }
    options.onStep?.(step.name, steps.at(-1));
  }
  return { steps, error };
}

async function attempt(
  step: StepDefinition,
  work: StepWork,
  signal: AbortSignal | undefined,
): Promise<StepOutcome> {
  for (let tries = 0; ; tries += 1) {
    const timeout = AbortSignal.timeout(step.timeoutMs);
    const combined = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      return await work(combined);
    } catch (error) {
      if (tries >= step.retries || !isPassing(error) || combined.aborted) throw error;
      await delay(step.backoffMs * 2 ** tries, undefined, { signal: combined });
    }
  }
}
