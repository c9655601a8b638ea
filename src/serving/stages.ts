import type { LiveViewStatus } from '../live/index.ts';
import type { RunRecord } from '../run-records.ts';
import type { LakeState } from './lake-state.ts';
import type { LogState } from './log-state.ts';
import {
  type Attempt,
  instantOf,
  lastCommit,
  type PipelineStateOptions,
  type StageState,
} from './pipeline-state.ts';

/** Without an event for this long the sources count as idle, in milliseconds. */
const quietMs = 300_000;
const secondMs = 1000;
/** A record may wait this many flushes before it is worth a warning, and this many before it is a failure. */
const lateFlushes = { warn: 6, fail: 60 };
/** Marts may be this many refreshes behind the lake. */
const lateRefreshes = 8;
const leastWarningMs = 60_000;
const slowLiveMs = 5000;

const number = new Intl.NumberFormat('en-GB');
const records = (count: number) => `${number.format(count)} ${count === 1 ? 'record' : 'records'}`;

/** A time span in the largest unit that fits. */
function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / secondMs));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

const failed = (name: StageState['name'], problem: string): StageState => ({
  name,
  status: 'fail',
  headline: 'Cannot be read',
  detail: problem,
  counts: {},
});

export function judgeSources({ value, problem }: Attempt<LogState>, now: number): StageState {
  if (value === undefined) return failed('sources', problem ?? '');
  const { lastReceivedAt } = value;
  if (lastReceivedAt === undefined) {
    const detail = '`./tonearm simulate` or `./tonearm import PATH` brings some.';
    return { name: 'sources', status: 'idle', headline: 'No events yet', detail, counts: {} };
  }
  const age = now - lastReceivedAt;
  return {
    name: 'sources',
    status: age > quietMs ? 'idle' : 'ok',
    headline: `Last event ${span(age)} ago`,
    detail: '',
    counts: {},
    lag_seconds: Math.max(0, Math.round(age / secondMs)),
    at: instantOf(lastReceivedAt),
  };
}

export function judgeLog({ value, problem }: Attempt<LogState>): StageState {
  if (value === undefined) return failed('log', problem ?? '');
  const counts: Record<string, number> = {};
  for (const { topic, earliest, latest } of value.partitions) {
    counts[topic] = (counts[topic] ?? 0) + latest - earliest;
  }
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    name: 'log',
    status: total === 0 ? 'idle' : 'ok',
    headline: `${records(total)} held`,
    detail: `${Object.keys(counts).length} topics in ${value.partitions.length} partitions.`,
    counts,
    at: instantOf(value.lastReceivedAt),
  };
}

export function judgeSink(
  { value, problem }: Attempt<LogState>,
  lake: Attempt<LakeState>,
  { config, now }: PipelineStateOptions,
): StageState {
  if (lake.value === undefined) return failed('sink', lake.problem ?? '');
  if (value?.waiting === undefined) return failed('sink', problem ?? '');
  const { waiting, oldestWaitingAt } = value;
  const at = instantOf(lastCommit(lake.value));
  const counts = { waiting };
  if (waiting === 0) {
    const status = value.lastReceivedAt === undefined ? 'idle' : 'ok';
    const headline = status === 'idle' ? 'Nothing to store yet' : 'Caught up';
    return { name: 'sink', status, headline, detail: '', counts, lag_seconds: 0, at };
  }
  const wait = now - (oldestWaitingAt ?? now);
  const committed = lastCommit(lake.value) ?? 0;
  // A backlog that is being worked off is late, yet no failure: only a sink that stands still is.
  const still = Math.min(wait, now - committed);
  const limit = (flushes: number) => Math.max(leastWarningMs, flushes * config.flushMs);
  const isStill = still > limit(lateFlushes.fail);
  return {
    name: 'sink',
    status: isStill ? 'fail' : wait > limit(lateFlushes.warn) ? 'warn' : 'ok',
    headline: `${records(waiting)} not in the lake yet`,
    detail: isStill
      ? `Nothing has been stored for ${span(still)}; \`./tonearm sink\` or \`./tonearm up\` stores them.`
      : `The oldest has waited for ${span(wait)}.`,
    counts,
    lag_seconds: Math.max(0, Math.round(wait / secondMs)),
    at,
  };
}

export function judgeLake({ value, problem }: Attempt<LakeState>): StageState {
  if (value === undefined) return failed('lake', problem ?? '');
  const counts = Object.fromEntries(value.tables.map(({ table, rows }) => [table, rows]));
  const sum = (field: 'rows' | 'files' | 'bytes') =>
    value.tables.reduce((total, table) => total + table[field], 0);
  const rejected = counts.dead_letters ?? 0;
  return {
    name: 'lake',
    status: sum('rows') === 0 ? 'idle' : 'ok',
    headline: `${number.format(sum('rows'))} rows`,
    detail: `${number.format(sum('files'))} files, ${number.format(Math.round(sum('bytes') / 1e5) / 10)} MB; ${number.format(rejected)} dead letters.`,
    counts,
    at: instantOf(lastCommit(value)),
  };
}

export function judgeWarehouse(lastRun: RunRecord | undefined): StageState {
  if (lastRun === undefined) {
    const detail = '`./tonearm run` starts one.';
    return { name: 'warehouse', status: 'idle', headline: 'No run yet', detail, counts: {} };
  }
  const { status, tests, error, duration_ms, finished_at } = lastRun;
  const worst = tests.failures.find(({ severity }) => severity === 'error') ?? tests.failures[0];
  return {
    name: 'warehouse',
    status: status === 'failed' ? 'fail' : tests.warned > 0 ? 'warn' : 'ok',
    headline:
      tests.failed > 0
        ? `${tests.failed} of ${tests.passed + tests.failed + tests.warned} tests failed`
        : status === 'failed'
          ? 'The last run failed'
          : `${tests.passed} tests passed`,
    detail:
      worst === undefined
        ? (error?.message ?? `The last run took ${span(duration_ms)}.`)
        : `${worst.name}: ${worst.message}`,
    counts: {
      tests_passed: tests.passed,
      tests_failed: tests.failed,
      tests_warned: tests.warned,
      duration_ms,
    },
    at: finished_at,
  };
}

export function judgeMarts(
  { config, published, martsProblem, lastRun, now }: PipelineStateOptions,
  lake: LakeState | undefined,
): StageState {
  if (published === undefined) {
    const detail = martsProblem ?? 'The first run whose tests pass publishes them.';
    const status = martsProblem === undefined ? 'idle' : 'fail';
    return { name: 'marts', status, headline: 'Nothing published yet', detail, counts: {} };
  }
  const { version, publishedAt } = published;
  const publishedMs = Date.parse(publishedAt);
  const commit = lastCommit(lake);
  const isBehind = commit !== undefined && commit > publishedMs;
  const lag = isBehind ? now - publishedMs : 0;
  const isHeld = martsProblem !== undefined || (lastRun?.status === 'failed' && isBehind);
  const isLate = lag > Math.max(leastWarningMs, lateRefreshes * config.refreshMs);
  return {
    name: 'marts',
    status: isHeld || isLate ? 'warn' : 'ok',
    headline: `Published ${span(now - publishedMs)} ago`,
    detail:
      martsProblem ??
      (isHeld
        ? 'The last run failed, so its data is held back.'
        : isLate
          ? 'The lake holds newer rows.'
          : `Version ${version}.`),
    counts: {},
    lag_seconds: Math.max(0, Math.round(lag / secondMs)),
    at: publishedAt,
  };
}

export function judgeLive(live: LiveViewStatus | undefined): StageState {
  if (live === undefined) {
    const detail = 'It runs with `./tonearm serve` and `./tonearm up`.';
    return { name: 'live', status: 'idle', headline: 'Not looked at', detail, counts: {} };
  }
  const { state, lagMs, behindRecords, counted, invalid, duplicates, lastError } = live;
  const isSlow = lagMs > slowLiveMs && behindRecords > 0;
  return {
    name: 'live',
    status: state === 'retrying' ? 'fail' : state === 'rebuilding' || isSlow ? 'warn' : 'ok',
    headline:
      state === 'rebuilding'
        ? 'Reading the last hour'
        : behindRecords > 0
          ? `${records(behindRecords)} behind`
          : 'Caught up',
    detail: lastError ?? `It took ${lagMs} ms from the log to the view.`,
    counts: { events: counted, invalid, duplicates, behind: behindRecords },
    lag_seconds: lagMs / secondMs,
    at: instantOf(live.newestRecordAt),
  };
}
