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
  readonly cohort_month: string;
  readonly months_since: number;
  readonly cohort_listeners: number;
  readonly listeners: number;
  readonly retention: number;
}

/** Who came back, by the month in which listeners began; the newest 24 cohorts. */
export function retention(marts: Marts, smallestGroup = 1): Promise<RetentionRow[]> {
  return marts.query(
    `select strftime(cohort_month, '%Y-%m') as cohort_month, months_since, cohort_listeners,
       listeners, retention
     from gold.cohorts
     where cohort_month > (select max(month) from gold.cohorts) - interval 24 month
       and cohort_listeners >= $smallestGroup
     order by cohort_month, months_since`,
    { smallestGroup },
  );
}
