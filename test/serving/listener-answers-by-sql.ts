/**
 * What the routes answer about one listener, asked of the files in SQL: the reference that the answers which the server
 * counts itself are compared with.
 */
import { unitOf } from '../../src/serving/discovery-queries.ts';
import type { Marts } from '../../src/serving/marts.ts';
import { leastPlays, type TopKind, topOrders } from '../../src/serving/trend-queries.ts';
import { wrappedRules } from '../../src/serving/wrapped-queries.ts';

interface Range {
  readonly from: string;
  readonly to: string;
}

const inRange = 'day between $from::date and $to::date';
const newest = (column: string) => `arg_max(${column}, (timestamp, track_id))`;
const listenerKinds: Record<TopKind, { key: string; names: string }> = {
  tracks: {
    key: 'track_id',
    names: `track_id as id, ${newest('track')} as track, ${newest('artist')} as artist`,
  },
  artists: {
    key: 'artist_key',
    names: `${newest('artist')} as id, ${newest('artist')} as artist`,
  },
  albums: {
    key: "artist_key || ' / ' || lower(trim(album))",
    names: `artist_key || ' / ' || lower(trim(album)) as id, ${newest('album')} as album,
      ${newest('artist')} as artist`,
  },
  genres: { key: 'genre', names: 'genre as id' },
};

export const topBySql = (
  marts: Marts,
  kind: TopKind,
  user: string,
  range: Range,
  order: keyof typeof topOrders,
  limit: number,
) => {
  const { key, names } = listenerKinds[kind];
  return marts.query(
    `select row_number() over (order by ${topOrders[order]}) as rank, * exclude (skips) from (
       select ${names}, count(*) as plays, count(*) filter (is_stream) as streams,
         count(*) filter (skipped) as skips, sum(ms_played)::bigint as ms_played,
         count(*) filter (skipped) / count(*)::double as skip_rate,
         min(timestamp) as first_played_at, max(timestamp) as last_played_at
       from gold.listener_plays
       where user_id = $user and ${inRange} and ${key} is not null
       group by ${key} having count(*) >= $least
     ) order by rank limit $limit`,
    { user, ...range, limit, least: leastPlays(order) },
  );
};

export const clockBySql = (marts: Marts, user: string, range: Range) =>
  marts.query(
    `select isodow(day)::integer as weekday, hour(timestamp)::integer as hour, count(*) as plays,
       sum(ms_played)::bigint as ms_played
     from gold.listener_plays where user_id = $user and ${inRange} group by all order by all`,
    { user, ...range },
  );

export const raceBySql = (marts: Marts, user: string, range: Range) =>
  marts.query(
    `with plays as (
       select day, artist_key, artist, is_stream::integer as streams
       from gold.listener_plays where user_id = $user and ${inRange}
     ),
     first as (
       select artist_key, arg_min(artist, day) as artist from plays group by artist_key
       order by sum(streams) desc, artist_key limit 10
     )
     select strftime(day, '%Y-%m') as month, first.artist, sum(streams)::bigint as streams
     from plays join first using (artist_key) group by all order by month, streams desc, artist`,
    { user, ...range },
  );

export const playsOfDayBySql = (marts: Marts, user: string, day: string) =>
  marts.query(
    `select timestamp, track_id, track, artist, album, device, ms_played, skipped,
       is_private as private
     from gold.listener_plays where user_id = $user and day = $day::date
     order by timestamp, track_id limit 1000`,
    { user, day },
  );

const startOf = (range: Range, column = 'day') => `date_trunc('${unitOf(range)}', ${column})::date`;
/** Over shares of a whole; a share of nothing adds nothing. */
const entropy = 'round(exp(-sum(share * ln(nullif(share, 0)))), 2)';

export async function discoveryBySql(marts: Marts, user: string, range: Range) {
  const start = startOf(range);
  const endPlay =
    "{timestamp: strftime(timestamp, '%Y-%m-%dT%H:%M:%SZ'), track: track, artist: artist}";
  const [row] = await marts.query<Record<string, unknown>>(
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
       select artists.*, heard.day >= greatest(start, $from::date) as is_new,
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
    { user, ...range },
  );
  return row;
}

/** The parts of an answer as one row: their source is read once. */
const answer = `
  select (select list(devices order by ms_played desc, device) from devices) as devices,
    (select list(skipped_at order by second) from skipped_at) as skipped_at,
    (select plays from counted) as plays,
    (select list(session_lengths order by minutes_from) from session_lengths) as session_lengths`;

/** Sessions as silver.sessions counts them: a gap of more than 30 minutes ends one. */
const ofListener = `
  with plays as materialized (
    select timestamp, device, ms_played, skipped,
      timestamp + to_milliseconds(ms_played) as ended_at
    from gold.listener_plays where user_id = $user and ${inRange}
  ),
  devices as (
    select device, count(*) as plays, sum(ms_played)::bigint as ms_played from plays group by device
  ),
  skipped_at as (
    select least(ms_played // 5000 * 5, 300)::integer as second, count(*) as skips
    from plays where skipped group by all
  ),
  counted as (select count(*) as plays from plays),
  marked as (
    select *, coalesce(date_diff('second', max(ended_at) over (
      order by timestamp rows between unbounded preceding and 1 preceding
    ), timestamp) > 1800, true) as begins
    from plays
  ),
  numbered as (
    select *, count(*) filter (begins) over (
      order by timestamp rows between unbounded preceding and current row
    ) as session
    from marked
  ),
  sessions as (
    select date_diff('second', min(timestamp), max(ended_at)) / 60 as minutes, count(*) as plays,
      sum(ms_played)::bigint as ms_played
    from numbered group by session
  ),
  session_lengths as (
    select case when minutes >= 240 then 240 when minutes >= 120 then 120 when minutes >= 60 then 60
        when minutes >= 30 then 30 when minutes >= 15 then 15 when minutes >= 5 then 5 else 0 end
        ::integer as minutes_from,
      count(*) as sessions, sum(plays)::bigint as plays, sum(ms_played)::bigint as ms_played
    from sessions group by minutes_from
  )
  ${answer}`;

export async function habitsBySql(marts: Marts, user: string, range: Range) {
  const [row] = await marts.query<Record<string, unknown>>(ofListener, { user, ...range });
  return row;
}

const shared = 'from gold.listener_plays where user_id = $user and not is_private';
const ready = `count(*) filter (is_stream) >= ${wrappedRules.streams}
  and count(distinct artist_key) filter (is_stream) >= ${wrappedRules.artists}`;

/** Years and months with plays that were not private, newest first, a year before its months. */
export function periodsBySql(marts: Marts, user: string) {
  return marts.query(
    `select year(day)::integer as year, month(day)::integer as month,
       count(*) filter (is_stream) as streams, ${ready} as is_ready
     ${shared} group by grouping sets ((year(day), month(day)), (year(day)))
     order by year desc, month desc nulls first`,
    { user },
  );
}

export async function wrappedBySql(marts: Marts, user: string, from: string, to: string) {
  const [row] = await marts.query<{ totals: { plays: number }; tops: unknown[] | null }>(
    `with history as materialized (
       select timestamp, day, track_id, track, artist_key, artist, album, genre, ms_played, skipped, is_stream,
         is_private
       from gold.listener_plays where user_id = $user
     ),
     plays as materialized (
       select * exclude (is_private) from history
       where not is_private and ${inRange}
     ),
     totals as (
       select ${ready} as is_ready, count(*) as plays, count(*) filter (is_stream) as streams,
         count(*) filter (skipped) as skips, coalesce(sum(ms_played), 0)::bigint as ms_played,
         count(distinct track_id) filter (is_stream) as tracks,
         count(distinct artist_key) filter (is_stream) as artists, count(distinct day) as days,
         arg_min(track, (timestamp, track_id)) as first_track,
         arg_min(artist, (timestamp, track_id)) as first_artist, min(timestamp) as first_played_at
       from plays
     ),
     counted as (${kinds.map(counted).join(' union all ')}),
     tops as (
       select kind, row_number() over (
           partition by kind order by streams desc, ms_played desc, item
         )::integer as rank, name, artist, streams, ms_played
       from counted qualify rank <= 5
     ),
     days as (
       select day::varchar as day, sum(ms_played)::bigint as ms_played from plays group by plays.day
     ),
     hours as (
       select hour(timestamp)::integer as hour, sum(ms_played)::bigint as ms_played
       from plays group by all
     ),
     firsts as (
       select artist_key from history group by artist_key
       having min(day) between $from::date and $to::date
         and not arg_min(is_private, (timestamp, track_id))
     ),
     heard as (
       select ${newest('artist')} as artist,
         count(*) filter (is_stream) as streams
       from plays where artist_key in (select artist_key from firsts) group by artist_key
     )
     select
       (select totals from totals) as totals,
       (select list(tops order by kind, rank) from tops) as tops,
       (select list(days order by day) from days) as days,
       (select list(hours order by hour) from hours) as hours,
       (select count(*) from heard) as new_artists,
       (select heard from heard order by streams desc, artist limit 1) as found`,
    { user, from, to },
  );
  if (row === undefined || row.totals.plays === 0) return undefined;
  return { ...row, tops: row.tops ?? [] };
}

const kinds = [
  { kind: 'artist', item: 'artist_key', name: newest('artist'), artist: newest('artist') },
  { kind: 'track', item: 'track_id', name: newest('track'), artist: newest('artist') },
  {
    kind: 'album',
    item: "artist_key || ' / ' || lower(trim(album))",
    name: newest('album'),
    artist: newest('artist'),
  },
  { kind: 'genre', item: 'genre', name: 'min(genre)', artist: 'null' },
];

const counted = ({ kind, item, name, artist }: (typeof kinds)[number]) => `
  select '${kind}' as kind, ${item} as item, ${name} as name, ${artist} as artist,
    count(*) as streams, sum(ms_played)::bigint as ms_played
  from plays where is_stream and ${item} is not null group by ${item}`;
