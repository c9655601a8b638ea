/** Days as numbers since 1970-01-01, UTC, and the weeks and months that they lie in. */

export type Unit = 'day' | 'week' | 'month';

const dayMs = 86_400_000;

/** @param text `YYYY-MM-DD` */
export const dayNumber = (text: string): number => Date.parse(text) / dayMs;

/** `YYYY-MM-DD` */
export const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** The beginning of a day, RFC 3339. */
export const dayInstant = (day: number): string => new Date(day * dayMs).toISOString();

/** First day of the week (from Monday) or month that a day lies in. */
export function startOf(day: number, unit: Unit): number {
  if (unit === 'day') return day;
  // 1970-01-01 was a Thursday.
  if (unit === 'week') return day - ((((day + 3) % 7) + 7) % 7);
  return day + 1 - new Date(day * dayMs).getUTCDate();
}

/** First day of the week or month after the one that a day lies in. */
export function nextStart(day: number, unit: Unit): number {
  if (unit === 'day') return day + 1;
  const start = startOf(day, unit);
  // Some day of the next month.
  return unit === 'week' ? start + 7 : startOf(start + 31, 'month');
}
