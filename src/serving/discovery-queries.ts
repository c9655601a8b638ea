import type { Unit } from './calendar-days.ts';
import { raceOfEveryone } from './everyone-tops.ts';
import type { Marts } from './marts.ts';
import { bounds, type DayRange, inRange, newest } from './trend-queries.ts';

/** Steps of a chart over a range: days up to 6 weeks, weeks up to half a year, then months. */
export function unitOf({ from, to }: { from: string; to: string }): Unit {
  const length = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
  if (length <= 42) return 'day';
  return length <= 183 ? 'week' : 'month';
}

const startOf = (range: { from: string; to: string }, column = 'day') =>
  `date_trunc('${unitOf(range)}', ${column})::date`;

export interface DiscoveryStep {
  readonly start: string;
  readonly streams: number;
  readonly artists: number;
  /** Artists heard for the first time ever; of everyone: pairs of a listener and an artist. */
  readonly new_artists: number;
  /** Streams of artists first heard in this step; null for everyone. */
  readonly new_streams: number | null;
  /** How many equally loved artists would be as varied: e to the Shannon entropy of the streams. */
  readonly diversity: number;
}

/** Over shares of a whole; a share of nothing adds nothing. */
const entropy = 'round(exp(-sum(share * ln(nullif(share, 0)))), 2)';

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

/** New against known and what was forgotten, of one listener. Their history is read once for all of it. */
export async function listenerDiscovery(
  marts: Marts,
  user: string,
  range: { from: string; to: string },
): Promise<Discovery> {
  const start = startOf(range);
  const endPlay =
    "{timestamp: strftime(timestamp, '%Y-%m-%dT%H:%M:%SZ'), track: track, artist: artist}";
  const [row] = await marts.query<Discovery>(
    `with history as materialized (
       select timestamp, day, track_id, track, artist_key, artist, ms_played, is_stream
       from gold.listener_plays where user_id = $user
     ),
     heard as materialized (
       select artist_key, min(day) as day, arg_max(artist, timestamp) as artist,
         arg_min(track, (timestamp, track_id)) as track, min(timestamp) as first_played_at,
         count(*) filter (is_stream) as streams, sum(ms_played)::bigint as ms_played
       from history group by artist_key
     ),
     artists as (
       select ${start} as start, artist_key, count(*) filter (is_stream) as streams
       from history where ${inRange} group by all
     ),
     shares as (
       select artists.*, ${startOf(range, 'heard.day')} = start as is_new,
         artists.streams / nullif(sum(artists.streams) over (partition by start), 0)::double as share
       from artists join heard using (artist_key)
     ),
     steps as (
       select start::varchar as start, sum(streams)::bigint as streams,
         count(*) filter (streams > 0) as artists, count(*) filter (is_new) as new_artists,
         coalesce(sum(streams) filter (is_new), 0)::bigint as new_streams,
         case when sum(streams) > 0 then ${entropy} else 0 end as diversity
       from shares group by start
     ),
     found as (
       select artist, track, first_played_at, streams, ms_played from heard
       where ${inRange} and streams > 0
       order by streams desc, ms_played desc, first_played_at limit 20
     ),
     forgotten as (
       select track_id, ${newest('track')} as track,
         ${newest('artist')} as artist, count(*) filter (is_stream) as streams,
         max(timestamp) as last_played_at
       from history group by track_id
       having streams >= 5 and last_played_at < (select max(timestamp) from history) - interval 90 day
       order by streams desc, last_played_at, track_id limit 20
     )
     select
       (select list(steps order by start) from steps) as steps,
       (select list(found order by streams desc, ms_played desc, first_played_at) from found) as found,
       (select list(forgotten order by streams desc, last_played_at, track_id) from forgotten) as forgotten,
       (select arg_min(${endPlay}, (timestamp, track_id)) from history where ${inRange}) as first,
       (select arg_max(${endPlay}, (timestamp, track_id)) from history where ${inRange}) as last`,
    { user, ...bounds(range) },
  );
  const { steps, found, forgotten, first, last } = row ?? nothingDiscovered;
  return { steps: steps ?? [], found: found ?? [], forgotten: forgotten ?? [], first, last };
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
  if (user === undefined) return raceOfEveryone(marts.everyone, range, smallestGroup);
  return await marts.query(
    `with plays as materialized (
       select day, artist_key, artist, is_stream::integer as streams
       from gold.listener_plays where user_id = $user and ${inRange}
     ),
     first as (
       select artist_key, any_value(artist) as artist from plays group by artist_key
       order by sum(streams) desc, artist_key limit 10
     )
     select strftime(day, '%Y-%m') as month, first.artist, sum(streams)::bigint as streams
     from plays join first using (artist_key) group by all order by month, streams desc, artist`,
    { user, ...bounds(range) },
  );
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
