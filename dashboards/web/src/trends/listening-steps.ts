const dayMs = 86_400_000;
const iso = (time: number): string => new Date(time).toISOString().slice(0, 10);

export type Unit = 'day' | 'week' | 'month';

/** Sums of a listening day, or of several. */
export interface Listening {
  readonly ms_played: number;
  readonly plays: number;
  readonly streams: number;
  readonly skips: number;
}

export interface ListeningStep extends Listening {
  /** First day of it, `YYYY-MM-DD`. */
  readonly start: string;
}

/** First day of the day, week (Monday) or month that a day belongs to. */
export function startOf(day: string, unit: Unit): string {
  if (unit === 'day') return day;
  if (unit === 'month') return `${day.slice(0, 7)}-01`;
  const time = Date.parse(day);
  return iso(time - ((new Date(time).getUTCDay() + 6) % 7) * dayMs);
}

/** The first days of all steps from that of one day to that of another. */
export function startsBetween(from: string, to: string, unit: Unit): string[] {
  const starts: string[] = [];
  const last = startOf(to, unit);
  for (let at = startOf(from, unit); at <= last; ) {
    starts.push(at);
    const [year, month] = at.split('-').map(Number) as [number, number];
    at = iso(
      unit === 'month'
        ? Date.UTC(year, month, 1)
        : Date.parse(at) + (unit === 'day' ? 1 : 7) * dayMs,
    );
  }
  return starts;
}

/** Steps that a chart can show apart: days up to 13 months, weeks up to four years, then months. */
export function unitOf(from: string, to: string): Unit {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days <= 400) return 'day';
  return days <= 1500 ? 'week' : 'month';
}

/**
 * The listening of a range step by step. Days that are not in the list had no music: their steps are there with zeros,
 * or a chart would draw a line across the silence.
 */
export function listeningSteps(
  days: readonly (Listening & { readonly day: string })[],
  from: string,
  to: string,
): { unit: Unit; steps: ListeningStep[] } {
  const unit = unitOf(from, to);
  const sums = new Map(
    startsBetween(from, to, unit).map((start) => [
      start,
      { start, ms_played: 0, plays: 0, streams: 0, skips: 0 },
    ]),
  );
  for (const one of days) {
    const sum = sums.get(startOf(one.day, unit));
    if (sum === undefined) continue;
    sum.ms_played += one.ms_played;
    sum.plays += one.plays;
    sum.streams += one.streams;
    sum.skips += one.skips;
  }
  return { unit, steps: [...sums.values()] };
}
