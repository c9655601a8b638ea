import type { Marts } from './marts.ts';
import { bounds, type DayRange } from './trend-queries.ts';

const days = 'day between $from::date and $to::date';
type Unit = 'day' | 'week' | 'month';

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
  /** Artists heard for the first time ever; of everyone: pairs of a listener and an artist. */
  readonly new_artists: number;
  /** Streams of artists first heard in this step; null for everyone. */
  readonly new_streams: number | null;
  /** How many equally loved artists would be as varied: e to the Shannon entropy of the streams. */
  readonly diversity: number;
}

/** Over shares of a whole; a share of nothing adds nothing. */
const entropy = 'round(exp(-sum(share * ln(nullif(share, 0)))), 2)';

/** New against known and variety, step by step. */
export function discoverySteps(
  marts: Marts,
  user: string | undefined,
  range: { from: string; to: string },
  smallestGroup = 1,
): Promise<DiscoveryStep[]> {
  const start = `date_trunc('${unitOf(range)}', day)::date`;
  if (user === undefined) {
    return marts.query(
      `with artists as (
         select ${start} as start, artist, sum(streams)::bigint as streams
         from gold.artist_popularity where ${days} and streams > 0 group by all
         having max(listeners) >= $smallestGroup
       ),
       shares as (
         select *, streams / sum(streams) over (partition by start)::double as share from artists
       ),
       steps as (
         select start, sum(streams)::bigint as streams, count(*) as artists, ${entropy} as diversity
         from shares group by start
       ),
       firsts as (
         select ${start} as start, sum(new_artists)::bigint as new_artists
         from gold.discovery_totals where ${days} and listeners >= $smallestGroup group by all
       )
       select steps.start::varchar as start, streams, artists,
         coalesce(new_artists, 0) as new_artists, null as new_streams, diversity
       from steps left join firsts using (start) order by start`,
      { ...bounds(range), smallestGroup },
    );
  }
  return marts.query(
    `with firsts as (
       select artist_key, min(day) as day from gold.listener_plays
       where user_id = $user group by artist_key
     ),
     artists as (
       select ${start} as start, artist_key, count(*) filter (is_stream) as streams
       from gold.listener_plays where user_id = $user and ${days} group by all
     ),
     shares as (
       select artists.*, ${start} = start as is_new,
         streams / nullif(sum(streams) over (partition by start), 0)::double as share
       from artists join firsts using (artist_key)
     )
     select start::varchar as start, sum(streams)::bigint as streams,
       count(*) filter (streams > 0) as artists, count(*) filter (is_new) as new_artists,
       coalesce(sum(streams) filter (is_new), 0)::bigint as new_streams,
       case when sum(streams) > 0 then ${entropy} else 0 end as diversity
     from shares group by start order by start`,
    { user, ...bounds(range) },
  );
}

export interface Found {
  readonly artist: string;
  /** The first one heard; null of everyone. */
  readonly track: string | null;
  readonly first_played_at: string;
  readonly streams: number;
  readonly ms_played: number;
}

/**
 * Artists first heard within the range, the most streamed since first: by a listener, or by anybody. Of everyone the
 * moment is the beginning of a day, and there is no first track.
 */
export function foundArtists(
  marts: Marts,
  user: string | undefined,
  range: DayRange,
  smallestGroup = 1,
): Promise<Found[]> {
  if (user === undefined) {
    return marts.query(
      `select artist, null as track, min(day)::timestamptz as first_played_at,
         sum(streams)::bigint as streams, sum(ms_played)::bigint as ms_played
       from gold.artist_popularity where listeners >= $smallestGroup group by artist
       having min(day) between $from::date and $to::date and streams > 0
       order by streams desc, ms_played desc, artist limit 20`,
      { smallestGroup, ...bounds(range) },
    );
  }
  return marts.query(
    `select arg_max(artist, timestamp) as artist, arg_min(track, (timestamp, event_id)) as track,
       min(timestamp) as first_played_at, count(*) filter (is_stream) as streams,
       sum(ms_played)::bigint as ms_played
     from gold.listener_plays where user_id = $user group by artist_key
     having min(day) between $from::date and $to::date and streams > 0
     order by streams desc, ms_played desc, first_played_at limit 20`,
    { user, ...bounds(range) },
  );
}

export interface Forgotten {
  readonly track_id: string;
  readonly track: string;
  readonly artist: string;
  readonly streams: number;
  readonly last_played_at: string;
}

/**
 * Tracks streamed at least five times and not once in the last 90 days of the history: of a listener, or of everyone as
 * the charts of the days know them.
 */
export function forgottenFavourites(
  marts: Marts,
  user: string | undefined,
  smallestGroup = 1,
): Promise<Forgotten[]> {
  if (user === undefined) {
    return marts.query(
      `with charted as (
         select track_id, sum(streams)::bigint as streams, max(period_start) as last_day
         from gold.track_charts where period = 'day' and listeners >= $smallestGroup
         group by track_id having sum(streams) >= 5
       )
       select track_id, track, artist, charted.streams, last_day::timestamptz as last_played_at
       from charted join gold.track_totals using (track_id)
       where last_day < (select max(day) from gold.daily_totals where plays > 0) - interval 90 day
       order by charted.streams desc, last_day, track_id limit 20`,
      { smallestGroup },
    );
  }
  return marts.query(
    `select track_id, track, artist, streams, last_played_at from gold.listener_tracks
     where user_id = $user and streams >= 5 and last_played_at < (
       select max(last_played_at) from gold.listener_tracks where user_id = $user
     ) - interval 90 day
     order by streams desc, last_played_at, track_id limit 20`,
    { user },
  );
}

export interface EndPlay {
  readonly timestamp: string;
  readonly track: string;
  readonly artist: string;
}

/** The first and the last play of a listener within the range. */
export async function endPlays(
  marts: Marts,
  user: string,
  range: DayRange,
): Promise<{ first: EndPlay | null; last: EndPlay | null }> {
  const [row] = await marts.query<{ first: EndPlay | null; last: EndPlay | null }>(
    `select
       arg_min({timestamp: strftime(timestamp, '%Y-%m-%dT%H:%M:%SZ'), track: track, artist: artist},
         (timestamp, event_id)) as first,
       arg_max({timestamp: strftime(timestamp, '%Y-%m-%dT%H:%M:%SZ'), track: track, artist: artist},
         (timestamp, event_id)) as last
     from gold.listener_plays where user_id = $user and ${days}`,
    { user, ...bounds(range) },
  );
  return row ?? { first: null, last: null };
}

export interface RaceRow {
  readonly month: string;
  readonly artist: string;
  readonly streams: number;
}

/** Streams by month of the ten artists with the most streams in the range. */
export function artistRace(
  marts: Marts,
  user: string | undefined,
  range: DayRange,
  smallestGroup = 1,
): Promise<RaceRow[]> {
  const [rows, key] =
    user === undefined
      ? [
          `select day, artist as artist_key, artist, streams, listeners
           from gold.artist_popularity where ${days}`,
          'artist',
        ]
      : [
          `select day, artist_key, artist, is_stream::integer as streams, 1 as listeners
           from gold.listener_plays where user_id = $user and ${days}`,
          'artist_key',
        ];
  return marts.query(
    `with plays as (${rows}),
     first as (
       select artist_key, any_value(${key === 'artist' ? 'artist_key' : 'artist'}) as artist
       from plays group by artist_key having max(listeners) >= $smallestGroup
       order by sum(streams) desc, artist_key limit 10
     )
     select strftime(day, '%Y-%m') as month, first.artist, sum(streams)::bigint as streams
     from plays join first using (artist_key) group by all order by month, streams desc, artist`,
    {
      ...(user === undefined ? { smallestGroup } : { user, smallestGroup: 1 }),
      ...bounds(range),
    },
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
     from gold.retention
     where cohort_month > (select max(month) from gold.retention) - interval 24 month
       and cohort_listeners >= $smallestGroup
     order by cohort_month, months_since`,
    { smallestGroup },
  );
}
