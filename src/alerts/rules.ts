import type { RunRecord } from '../run-records.ts';
import type { Alert, Severity } from './alert-book.ts';

/** What the rules look at. Times are milliseconds since the epoch. */
export interface PipelineFacts {
  readonly now: number;
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** When the oldest rows reached the lake that the marts do not show; undefined when they show all. */
  readonly unpublishedSince: number | undefined;
  /** Records that the lake has not stored yet, and when the oldest came into the log. */
  readonly waiting: number;
  readonly oldestWaitingAt: number | undefined;
  readonly lastReceivedAt: number | undefined;
  /** Records of the last hour or two, by what became of them. */
  readonly received: {
    readonly refused: number;
    readonly stored: number;
    readonly firstRefusedAt: number | undefined;
    readonly worstCode: string | undefined;
  };
  /** Hours of the last two days, from `gold.volume_anomalies`, oldest first. */
  readonly volume: readonly HourVolume[];
}

export interface HourVolume {
  readonly topic: string;
  readonly hour: number;
  readonly actual: number;
  readonly expected: number | null;
  readonly state: string;
}

export interface RuleLimits {
  /** Rows of the lake may be this long outside the marts, and sources silent, ms. */
  readonly freshnessMs: number;
  /** A record may be this long outside the lake, ms. */
  readonly lagMs: number;
  /** Share of records that may be refused. */
  readonly deadLetterShare: number;
}

const hourMs = 3_600_000;
/** Fewer refused records than this are no rate. */
const leastRefused = 10;
/** An unusual hour stays news for as long. */
const recentHours = 3;
/** Volume that is older than this is no news: an import of old events, a machine that was off. */
const oldVolumeMs = 24 * hourMs;
/** Sources that were heard in this share of the hours are expected to go on. */
const steadyShare = 0.9;
const steadyHours = 24;

type RuleAlert = Omit<Alert, 'origin' | 'since'> & { readonly since: number };

/** Everything that is wrong now. */
export function judge(facts: PipelineFacts, limits: RuleLimits): Alert[] {
  const found = [
    judgeRuns(facts),
    judgeFreshness(facts, limits),
    judgeSilence(facts, limits),
    judgeLag(facts, limits),
    judgeDeadLetters(facts, limits),
    ...judgeVolume(facts),
  ];
  return found
    .filter((alert) => alert !== undefined)
    .map((alert) => ({
      ...alert,
      since: new Date(alert.since).toISOString(),
      origin: 'rule' as const,
    }));
}

const runbooks: Record<string, string> = {
  TNA_QUALITY_FAILED: 'a-quality-test-fails',
  TNA_LAKE_CONTENTION: 'commits-conflict',
  TNA_SINK_REPLACED: 'commits-conflict',
  TNA_DISK_FULL: 'disk-is-full',
};

function judgeRuns({ runs }: PipelineFacts): RuleAlert | undefined {
  const [newest] = runs;
  if (newest?.status !== 'failed') return undefined;
  const streak = runs.findIndex((run) => run.status !== 'failed');
  const failed = streak === -1 ? runs : runs.slice(0, streak);
  const step = newest.steps.find(({ status }) => status === 'failed')?.name ?? 'start';
  const code = newest.error?.code;
  return {
    key: 'run-failed',
    title: `The pipeline fails at ${step}`,
    detail: `${failed.length === 1 ? 'One run' : `${failed.length} runs in a row`}, the last ${newest.run_id}: ${newest.error?.message ?? 'no reason given'}${code === undefined ? '' : ` [${code}]`}`,
    severity: 'critical',
    since: Date.parse(failed.at(-1)!.started_at),
    runbook: runbooks[code ?? ''] ?? 'gold-is-stale',
  };
}

function judgeFreshness(
  { now, unpublishedSince }: PipelineFacts,
  { freshnessMs }: RuleLimits,
): RuleAlert | undefined {
  if (unpublishedSince === undefined || now - unpublishedSince <= freshnessMs) return undefined;
  const late = now - unpublishedSince;
  return {
    key: 'marts-late',
    title: `Dashboards are ${span(late)} behind`,
    detail: `The lake holds rows that are not published. The limit is ${span(freshnessMs)}.`,
    severity: bad(late, freshnessMs * 4),
    since: unpublishedSince,
    runbook: 'gold-is-stale',
  };
}

function judgeSilence(
  { now, lastReceivedAt, volume }: PipelineFacts,
  { freshnessMs }: RuleLimits,
): RuleAlert | undefined {
  if (lastReceivedAt === undefined || now - lastReceivedAt <= freshnessMs) return undefined;
  // Only where there is something every hour is silence news; one import does not make a stream.
  const before = volume.filter(({ hour }) => hour <= lastReceivedAt);
  const hours = new Map<number, number>();
  for (const { hour, actual } of before) hours.set(hour, (hours.get(hour) ?? 0) + actual);
  const newest = [...hours].sort(([a], [b]) => b - a).slice(0, steadyHours);
  const heard = newest.filter(([, events]) => events > 0).length;
  if (newest.length < steadyHours || heard < steadyShare * steadyHours) return undefined;
  return {
    key: 'sources-silent',
    title: `No event for ${span(now - lastReceivedAt)}`,
    detail: 'The log has received nothing, although there was something almost every hour before.',
    severity: 'critical',
    since: lastReceivedAt,
    runbook: 'volume-is-unusual',
  };
}

function judgeLag(
  { now, waiting, oldestWaitingAt }: PipelineFacts,
  { lagMs }: RuleLimits,
): RuleAlert | undefined {
  if (waiting === 0 || oldestWaitingAt === undefined) return undefined;
  const lag = now - oldestWaitingAt;
  if (lag <= lagMs) return undefined;
  return {
    key: 'sink-lag',
    title: `The sink is ${span(lag)} behind`,
    detail: `${waiting.toLocaleString('en')} records are in the log and not in the lake. The limit is ${span(lagMs)}.`,
    severity: bad(lag, lagMs * 6),
    since: oldestWaitingAt,
    runbook: 'lag-grows',
  };
}

function judgeDeadLetters(
  { now, received }: PipelineFacts,
  { deadLetterShare }: RuleLimits,
): RuleAlert | undefined {
  const { refused, stored, firstRefusedAt, worstCode } = received;
  const share = refused / Math.max(1, refused + stored);
  if (refused < leastRefused || share <= deadLetterShare) return undefined;
  const percent = (value: number) => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
  return {
    key: 'dead-letters',
    title: `${percent(share)} of the records are refused`,
    detail: `${refused} of ${refused + stored} records since the hour before, most with ${worstCode ?? 'no code'}. The limit is ${percent(deadLetterShare)}.`,
    severity: bad(share, Math.max(0.1, deadLetterShare * 10)),
    since: firstRefusedAt ?? now,
    runbook: 'dead-letters-rise',
  };
}

function judgeVolume({ now, volume }: PipelineFacts): RuleAlert[] {
  const topics = [...new Set(volume.map(({ topic }) => topic))];
  return topics.flatMap((topic) => {
    const hours = volume.filter((hour) => hour.topic === topic).sort((a, b) => b.hour - a.hour);
    const [newest] = hours;
    if (newest === undefined || now - newest.hour > oldVolumeMs) return [];
    const last = hours.slice(0, recentHours).findIndex(isUnusual);
    if (last === -1) return [];
    const worst = hours[last]!;
    let first = worst;
    for (const hour of hours.slice(last)) {
      if (hour.state !== worst.state) break;
      first = hour;
    }
    const ratio = worst.actual / Math.max(1, worst.expected ?? 1);
    return {
      key: `volume-${topic}`,
      title: `Unusually ${worst.state === 'low' ? 'few' : 'many'} ${topic}`,
      detail: `In the hour from ${new Date(worst.hour).toISOString()} ${worst.actual.toLocaleString('en')} instead of about ${Math.round(worst.expected ?? 0).toLocaleString('en')} (${Math.round(ratio * 100)} %).`,
      severity: worst.state === 'low' && ratio <= 0.5 ? 'critical' : 'warning',
      since: first.hour,
      runbook: 'volume-is-unusual',
    } satisfies RuleAlert;
  });
}

const isUnusual = ({ state }: HourVolume) => state === 'low' || state === 'high';

const bad = (value: number, limit: number): Severity => (value > limit ? 'critical' : 'warning');

/** A time span in the largest unit that fits. */
function span(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} days`;
}
