import type { DayRange } from './trend-queries.ts';

type Unit = 'week' | 'month';

const dayMs = 86_400_000;
/** The last day that can be written with four digits of a year. */
const lastDay = Date.UTC(9999, 11, 31);
const iso = (time: number) => new Date(Math.min(time, lastDay)).toISOString().slice(0, 10);

/** Start of the week (Monday) or month that holds a time, or of the next one when it is not a start itself. UTC, ms. */
function startAtOrAfter(time: number, unit: Unit): number {
  const date = new Date(time);
  if (unit === 'week') return time + ((8 - (date.getUTCDay() || 7)) % 7) * dayMs;
  const isStart = date.getUTCDate() === 1;
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + (isStart ? 0 : 1), 1);
}

/** Start of the week or month that holds a time. */
function startOf(time: number, unit: Unit): number {
  const date = new Date(time);
  if (unit === 'week') return time - ((date.getUTCDay() + 6) % 7) * dayMs;
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/**
 * Where the whole weeks or months of a range begin and where they end, the end excluded; both at the end of the range
 * when there is none. An open range is whole.
 */
export function wholePeriods({ from, to }: DayRange, unit: Unit) {
  const after = to === undefined ? undefined : Date.parse(to) + dayMs;
  const start = from === undefined ? undefined : startAtOrAfter(Date.parse(from), unit);
  const end = after === undefined ? undefined : startOf(after, unit);
  const isEmpty = start !== undefined && after !== undefined && start >= (end ?? after);
  return {
    wholeFrom: isEmpty ? iso(after) : start === undefined ? '0001-01-01' : iso(start),
    wholeTo: isEmpty ? iso(after) : end === undefined ? '9999-12-31' : iso(end),
  };
}

type Kind = 'track' | 'artist' | 'album';

/** Counts by day before and after the whole weeks or months of a range. */
export const daysAround = (kind: Kind): string => `
  select * from gold.${kind}_days where day >= $from::date and day < $wholeFrom::date
  union all
  select * from gold.${kind}_days where day >= $wholeTo::date and day <= $to::date`;

/**
 * Counts of everyone by item over a range, as a table of `day, item, plays, streams, skips, ms_played, listeners`: whole weeks or
 * months from their own table, the days before and after from that of days. Needs the parameters
 * `from` and `to` and those of `wholePeriods`.
 */
export const countedPeriods = (kind: Kind, unit: Unit): string => `
  select * from gold.${kind}_${unit}s where day >= $wholeFrom::date and day < $wholeTo::date
  union all ${daysAround(kind)}`;
