import type { Assumptions, Prices } from './prices.ts';
import type { BilledStage } from './query-history.ts';

/** What a month looks like. */
export interface Usage {
  /** Events stored a day. */
  readonly eventsADay: number;
  /** Hours a day in which something arrives. */
  readonly busyHours: number;
  /** Tables of the lake that grow. */
  readonly tables: number;
  /** Sinks at work. */
  readonly sinks: number;
  readonly lakeBytes: number;
  readonly martBytes: number;
  readonly warehouseBytes: number;
  /** Files of one published version. */
  readonly martFiles: number;
}

/** How often things are done. */
export interface Plan {
  readonly flushSeconds: number;
  /** Time between two signs of life of a sink, s. */
  readonly signSeconds: number;
  /** Time between two builds of gold, s. */
  readonly refreshSeconds: number;
  readonly suspendSeconds: number;
}

export interface CostLine {
  readonly stage: 'sink' | 'compact' | 'lake' | 'warehouse' | BilledStage['stage'];
  readonly provider: 'S3' | 'Snowflake';
  readonly what: string;
  readonly quantity: number;
  readonly unit: 'requests' | 'GB' | 'credits';
  readonly dollars: number;
}

export const monthDays = 30;
const hourSeconds = 3600;
const gigabyte = 1e9;

/** What a month costs, line by line. */
export function costOf(usage: Usage, plan: Plan, prices: Prices, assumed: Assumptions): CostLine[] {
  const { tables, sinks } = usage;
  const busySeconds = usage.busyHours * hourSeconds * monthDays;
  const flushes = (busySeconds / plan.flushSeconds) * tables * sinks;
  const commits = flushes;
  const hours = usage.busyHours * monthDays * tables;
  const signs = (busySeconds / plan.signSeconds) * sinks;
  const runs = usage.busyHours === 0 ? 0 : (monthDays * 86_400) / plan.refreshSeconds;
  const files = flushes + hours;
  const line = (
    stage: CostLine['stage'],
    provider: CostLine['provider'],
    what: string,
    quantity: number,
    unit: CostLine['unit'],
    price: number,
  ): CostLine => ({ stage, provider, what, quantity, unit, dollars: quantity * price });
  const billed = Math.max(assumed.leastBilledSeconds, assumed.runSeconds + plan.suspendSeconds);
  // A warehouse cannot be awake for more than all the time.
  const awake = Math.min(runs * billed, monthDays * 86_400);
  return [
    line(
      'sink',
      'S3',
      'data files and log entries',
      flushes + commits * (1 + 1 / assumed.checkpointEvery),
      'requests',
      prices.write,
    ),
    line('sink', 'S3', 'signs of life of the sinks', signs * 2, 'requests', prices.write),
    line('sink', 'S3', 'reads of the log', commits, 'requests', prices.read),
    line(
      'compact',
      'S3',
      'one file an hour, and its log entry',
      hours * 2,
      'requests',
      prices.write,
    ),
    line('compact', 'S3', 'reads of the parts', flushes, 'requests', prices.read),
    line('lake', 'S3', 'storage', usage.lakeBytes / gigabyte, 'GB', prices.lakeGigabyte),
    line(
      'transform',
      'S3',
      'reads of new files',
      files + runs * assumed.readsARun,
      'requests',
      prices.read,
    ),
    line(
      'transform',
      'Snowflake',
      `${Math.round(runs)} runs, ${Math.round(billed)} s awake each`,
      (awake / hourSeconds) * assumed.creditsAnHour,
      'credits',
      prices.credit,
    ),
    line(
      'warehouse',
      'Snowflake',
      'storage of silver and gold',
      usage.warehouseBytes / gigabyte,
      'GB',
      prices.warehouseTerabyte / 1000,
    ),
    line('publish', 'S3', 'files of the marts', runs * usage.martFiles, 'requests', prices.write),
    line(
      'publish',
      'S3',
      'storage of the marts',
      usage.martBytes / gigabyte,
      'GB',
      prices.lakeGigabyte,
    ),
  ];
}

export const totalOf = (lines: readonly CostLine[]): number =>
  lines.reduce((sum, { dollars }) => sum + dollars, 0);

/**
 * A million events a day after a year: the usage that the default plan is held against. Bytes of an event
 * in Parquet are those of simulated plays (bench/scaling.ts); the warehouse is taken as twice the lake.
 */
export const millionADay: Usage = {
  eventsADay: 1e6,
  busyHours: 24,
  tables: 3,
  sinks: 1,
  lakeBytes: 365 * 1e6 * 43,
  martBytes: 10 * 50e6,
  warehouseBytes: 2 * 365 * 1e6 * 43,
  martFiles: 15,
};
