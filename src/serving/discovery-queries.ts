import type { Unit } from './calendar-days.ts';
import { raceOfEveryone } from './everyone-tops.ts';
import { discoveryOfListener } from './listener-discovery.ts';
import { raceOfListener } from './listener-trends.ts';
import type { Marts } from './marts.ts';
import type { DayRange } from './trend-queries.ts';

/** Steps of a chart over a range: days up to 6 weeks, weeks up to half a year, then months. */
export function unitOf({ from, to }: { from: string; to: string }): Unit {
  const length = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
  if (length <= 42) return 'day';
  return length <= 183 ? 'week' : 'month';
}

export interface DiscoveryStep {
  readonly start: string;
  readonly streams: number;
  readonly artists: number;
  /** Artists heard for the first time ever within the range and this step; of everyone: pairs of a listener and an artist. */
  readonly new_artists: number;
  /** Their streams within the same; null of everyone in marts of an earlier Tonearm. */
  readonly new_streams: number | null;
  /** How many equally loved artists would be as varied: e to the Shannon entropy of the streams. */
  readonly diversity: number;
}

export interface Found {
  readonly artist: string;
  /** The first one heard; null of everyone. */
  readonly track: string | null;
  readonly first_played_at: string;
  readonly streams: number;
  readonly ms_played: number;
}

export interface Forgotten {
  readonly track_id: string;
  readonly track: string;
  readonly artist: string;
  readonly streams: number;
  readonly last_played_at: string;
}

export interface EndPlay {
  readonly timestamp: string;
  readonly track: string;
  readonly artist: string;
}

export interface Discovery {
  readonly steps: DiscoveryStep[];
  /** Artists first heard within the range, the most streamed since first. */
  readonly found: Found[];
  /** Tracks streamed at least five times and not once in the last 90 days of the history. */
  readonly forgotten: Forgotten[];
  /** Of one listener: first and last play within the range. */
  readonly first: EndPlay | null;
  readonly last: EndPlay | null;
}

export const nothingDiscovered: Discovery = {
  steps: [],
  found: [],
  forgotten: [],
  first: null,
  last: null,
};

/** New against known and what was forgotten, of everyone without private plays. */
export async function sharedDiscovery(
  { discovery }: Marts,
  range: { from: string; to: string },
  smallestGroup = 1,
): Promise<Discovery> {
  return {
    ...nothingDiscovered,
    steps: discovery.steps(range, unitOf(range), smallestGroup),
    found: discovery.found(range, smallestGroup),
    forgotten: discovery.forgotten(smallestGroup),
  };
}

/** New against known and what was forgotten, of one listener. */
export async function listenerDiscovery(
  marts: Marts,
  user: string,
  range: { from: string; to: string },
): Promise<Discovery> {
  return discoveryOfListener(await marts.history(user), range, unitOf(range));
}

export interface RaceRow {
  readonly month: string;
  readonly artist: string;
  readonly streams: number;
}

/** Streams by month of the ten artists with the most streams in the range. */
export async function artistRace(
  marts: Marts,
  user: string | undefined,
  range: DayRange,
  smallestGroup = 1,
): Promise<RaceRow[]> {
  return user === undefined
    ? raceOfEveryone(marts.everyone, range, smallestGroup)
    : raceOfListener(await marts.history(user), range);
}

export interface RetentionRow {
  /** First month of those in which these listeners began, `YYYY-MM`. */
  readonly cohort_month: string;
  readonly months_since: number;
  /** Those whose such month is not in the future yet. */
  readonly cohort_listeners: number;
  readonly listeners: number;
  readonly retention: number;
}

export interface Retention {
  /** How long the time is in which listeners of one row began. */
  readonly unit: 'month' | 'quarter' | 'year';
  readonly rows: RetentionRow[];
}

/** More rows than these cannot be read: then quarters are put together, then years. */
const mostCohorts = 24;

/**
 * Who came back, of all who ever began: by the month of their first play, or by its quarter or year where there
 * would be more rows than can be read. Each listener's months count from their own first one.
 */
export async function retention(marts: Marts, smallestGroup = 1): Promise<Retention> {
  const [span] = await marts.query<{ months: number | null; quarters: number | null }>(
    `select datediff('month', min(cohort_month), max(cohort_month)) + 1 as months,
       datediff('quarter', min(cohort_month), max(cohort_month)) + 1 as quarters from gold.cohorts`,
    {},
  );
  const { months, quarters } = span ?? { months: 0, quarters: 0 };
  const unit =
    (months ?? 0) <= mostCohorts ? 'month' : (quarters ?? 0) <= mostCohorts ? 'quarter' : 'year';
  const rows = await marts.query<RetentionRow>(
    `with sizes as (
       select cohort_month, max(cohort_listeners) as cohort_listeners from gold.cohorts group by all
     ),
     last as (select max(month) as month from gold.cohorts),
     -- Months in which nobody at all played are no rows of the mart: nobody came back then.
     cells as (
       select cohort_month, cohort_listeners, unnest(range(datediff('month', cohort_month, month) + 1)) as months_since
       from sizes, last
     )
     select strftime(date_trunc($unit, cohort_month), '%Y-%m') as cohort_month, months_since,
       sum(cells.cohort_listeners)::bigint as cohort_listeners,
       coalesce(sum(listeners), 0)::bigint as listeners,
       coalesce(sum(listeners), 0) / sum(cells.cohort_listeners) as retention
     from cells left join gold.cohorts using (cohort_month, months_since)
     group by all
     having sum(cells.cohort_listeners) >= $smallestGroup
     order by all`,
    { unit, smallestGroup },
  );
  return { unit, rows };
}
