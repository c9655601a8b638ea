/**
 * The runs that another engine makes: which commands, when, in which order, how many at a time.
 * `./tonearm pipeline export` writes this to `airflow/pipeline.json`, from which Airflow's DAGs are
 * built. One more step is one more line.
 */
import { pipelineSteps } from './pipeline.ts';

/** One command. Words in braces are filled in for each run: `{run_id}`, `{kind}`, `{from}`, `{to}`, parameters. */
export interface ScheduledStep {
  readonly name: string;
  readonly description: string;
  readonly command: readonly string[];
  readonly depends_on: readonly string[];
  readonly timeout_seconds: number;
  /** What it has to itself while it runs; null when it shares. */
  readonly pool: string | null;
  /** What a success has made new. */
  readonly assets: readonly string[];
  /** The step whose answer is a list: one run of the command for each of its elements. */
  readonly for_each: string | null;
  /** How many of those at a time. */
  readonly parallel: number;
  readonly alert: {
    readonly key: string;
    readonly runbook: string;
    /** Its success says that the trouble is over. */
    readonly resolves: boolean;
  };
}

export interface ScheduledPipeline {
  readonly name: string;
  readonly description: string;
  /** Cron, UTC; a run stands for the time between two ticks. Null: by hand. */
  readonly schedule: string | null;
  readonly max_active_runs: number;
  /** A run that takes longer is told; null: never. */
  readonly deadline_seconds: number | null;
  readonly runbook: string;
  readonly params: Readonly<
    Record<string, { type: 'string' | 'integer'; default: string | number; description: string }>
  >;
  readonly steps: readonly ScheduledStep[];
}

/** The warehouse is one file that one process writes, so its pool has one place. */
export const warehousePool = {
  name: 'tonearm_warehouse',
  slots: 1,
  description: 'Steps that hold the pipeline of one data directory',
};

/**
 * Steps that are processes of their own can meet the other engine at work, so each is tried again
 * (after exit code 75 only): 10 s, 20 s, 40 s … at most 5 minutes apart, over about 10 minutes.
 */
export const stepRetry = { retries: 6, delay_seconds: 10, factor: 2, max_delay_seconds: 300 };

const minute = 60;
const hour = 60 * minute;

/** A step with the usual settings around it. */
function step(
  pipeline: string,
  name: string,
  description: string,
  command: readonly string[],
  settings: Partial<Omit<ScheduledStep, 'alert'>> & { runbook?: string } = {},
): ScheduledStep {
  const { runbook = 'a-task-fails', ...rest } = settings;
  return {
    name,
    description,
    command,
    depends_on: [],
    timeout_seconds: hour,
    pool: null,
    assets: [],
    for_each: null,
    parallel: 1,
    alert: { key: `task-${pipeline}-${name}`, runbook, resolves: true },
    ...rest,
  };
}

/** What is left open is a moment of the run. */
const interval = ['--from', '{from}', '--to', '{to}'];

const lastStep = pipelineSteps.at(-1)!.name;

const hourlySteps = pipelineSteps.map(
  ({ name, description, dependsOn, timeoutMs }): ScheduledStep => ({
    ...step('hourly', name, description, [
      'step',
      name,
      '--run-id',
      '{run_id}',
      '--kind',
      '{kind}',
      ...interval,
      // What can wait is built with the first run of a day.
      ...(name === 'validate' || name === 'transform' ? ['--quick'] : []),
    ]),
    depends_on: dependsOn,
    timeout_seconds: timeoutMs / 1000,
    pool: warehousePool.name,
    assets: name === 'publish' ? ['tonearm_marts'] : [],
    // The key that the rules give a failed run, so that it is one alert whoever sees it first.
    alert: { key: 'run-failed', runbook: 'gold-is-stale', resolves: name === lastStep },
  }),
);

export const scheduledPipelines: readonly ScheduledPipeline[] = [
  {
    name: 'tonearm_hourly',
    description: 'From the log to published marts.',
    schedule: '0 * * * *',
    max_active_runs: 1,
    deadline_seconds: hour,
    runbook: 'gold-is-stale',
    params: {},
    steps: hourlySteps,
  },
  {
    name: 'tonearm_daily',
    description: 'Upkeep, the pages of the models and the cost report.',
    schedule: '30 3 * * *',
    max_active_runs: 1,
    deadline_seconds: 3 * hour,
    runbook: 'a-task-fails',
    params: {},
    steps: [
      step('daily', 'vacuum', 'Delete files that compaction replaced, after the grace period.', [
        'vacuum',
      ]),
      step('daily', 'retention', 'Let go of what the log has kept for long enough.', ['retention']),
      step(
        'daily',
        'docs',
        'Pages about the models, with lineage and SQL.',
        ['docs', '--wait', '600'],
        { pool: warehousePool.name },
      ),
      step('daily', 'cost', 'What the last 30 days would cost, and how to halve it.', ['cost']),
    ],
  },
  {
    name: 'tonearm_backfill',
    description: 'Builds a range of the past anew, a few days at a time.',
    schedule: null,
    max_active_runs: 1,
    deadline_seconds: null,
    runbook: 'a-task-fails',
    params: {
      from: { type: 'string', default: '2025-11-01', description: 'First day (UTC)' },
      to: { type: 'string', default: '2025-11-02', description: 'End of the range, exclusive' },
      days: { type: 'integer', default: 7, description: 'Days that are built at a time' },
    },
    steps: [
      step('backfill', 'plan', 'Cut the range into pieces.', [
        'pipeline',
        'pieces',
        ...interval,
        '--days',
        '{days}',
      ]),
      step(
        'backfill',
        'backfill',
        'Build one piece anew and publish.',
        ['backfill', ...interval, '--wait', '600'],
        {
          depends_on: ['plan'],
          timeout_seconds: 6 * hour,
          pool: warehousePool.name,
          assets: ['tonearm_marts'],
          for_each: 'plan',
          parallel: 2,
        },
      ),
    ],
  },
  {
    name: 'tonearm_monitoring',
    description: 'Freshness, lag, dead letters and unusual volume; tells the alert channel.',
    schedule: '*/5 * * * *',
    max_active_runs: 1,
    deadline_seconds: 10 * minute,
    runbook: 'a-task-fails',
    params: {},
    steps: [
      step('monitoring', 'check', 'Judge the pipeline and send what is new.', ['alerts', 'check'], {
        timeout_seconds: 5 * minute,
      }),
    ],
  },
];

/** What `airflow/pipeline.json` holds. */
export const exportedPipelines = () => ({
  retry: stepRetry,
  pools: [warehousePool],
  pipelines: scheduledPipelines,
});
