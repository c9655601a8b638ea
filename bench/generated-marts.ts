/**
 * Published marts of a long history, made from generated plays by plain SQL: quick, and always the same. They have the columns, the
 * order and about the sizes of real ones: a few listeners and tracks have many plays, listeners repeat tracks of
 * their own and listen on some days only. Of tables that no route reads, and of columns that none reads, there is nothing.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDuckDb } from '../src/duckdb.ts';
import { writeRows } from '../src/warehouse/write-mart.ts';

export interface MartsSize {
  readonly plays: number;
  readonly listeners: number;
  readonly tracks: number;
  readonly days: number;
}

/** First day of the history; its last one follows from its length. */
export const firstDay = Date.UTC(2025, 0, 1);
const version = '20260101T000000000Z';

/** A number in [0, 1) that is always the same for the same arguments. */
const chance = (...of: string[]) => `(hash(${of.join(', ')}) % 1000003) / 1000003.0`;

const plays = ({ plays, listeners, tracks, days }: MartsSize) => `
  create table tracks as
    select track as place, 'spotify:track:' || left(md5(track::varchar), 22) as track_id,
      'Song ' || left(md5('name' || track), 4 + track % 16) as track, 'Artist ' || left(md5('by' || track // 8), 4 + (track // 8) % 9) || ' ' || track // 8 as artist,
      'Album ' || track // 10 as album, case when track % 5 > 0 then 'genre ' || (track // 8) % 40 end as genre
    from range(${tracks}) as numbers (track);
  create table plays as
    with places as (
      select place, floor(${listeners} * pow(${chance('place')}, 1.5))::integer as listener
      from range(${plays}) as numbers (place)
    ),
    slots as (
      select *, floor(400 * pow(${chance('place', '1')}, 3))::integer as slot,
        hash(listener, hash(place, 2) % least(${days}, 30 + 200000 // (listener + 600))) % ${days} as active_day
      from places
    ),
    timed as (
      select *, make_timestamp(${firstDay} * 1000 + (
          active_day * 86400 + hash(listener, active_day, place % 2) % 80000 + hash(place, 3) % 6400
        )::bigint * 1000000)::timestamptz as timestamp,
        (4000 + hash(place, 4) % 240000)::bigint as ms_played
      from slots
    )
    select 'listener-' || listener as user_id, timestamp, timestamp::date as day, uuid()::varchar as event_id,
      tracks.* exclude (place), lower(artist) as artist_key,
      ['mobile', 'desktop', 'web', 'speaker', 'car', 'tv'][(1 + hash(timed.place, 5) % 6)::bigint] as device, ms_played,
      ms_played < 60000 as skipped, ms_played >= 30000 as is_stream, timed.place % 50 = 0 as is_private
    from timed join tracks
      on tracks.place = floor(${tracks} * pow(${chance('listener', 'slot')}, 3))::integer`;

const counts = `count(*) as plays, count(*) filter (is_stream) as streams, count(*) filter (skipped) as skips,
  sum(ms_played)::bigint as ms_played`;
const rate = 'count(*) filter (skipped) / count(*)::double as skip_rate';
const ends = 'min(timestamp) as first_played_at, max(timestamp) as last_played_at';
const hidden = `count(*) filter (is_private) as private_plays,
  count(*) filter (is_private and is_stream) as private_streams,
  count(*) filter (is_private and skipped) as private_skips,
  coalesce(sum(ms_played) filter (is_private), 0)::bigint as private_ms_played`;
const named = 'track_id, any_value(track) as track, any_value(artist) as artist';
const built = '1::bigint as built_from_version';
const shared = 'from plays where not is_private';

const chart = (period: string, start: string) => `
  select '${period}' as period, ${start} as period_start, ${named}, ${counts}, ${rate}, count(distinct user_id) as listeners,
    row_number() over (partition by ${start} order by count(*) filter (is_stream) desc, track_id) as rank
  ${shared} group by track_id, ${start} qualify rank <= 200`;
const part = (kind: string, item: string, name: string, artist: string) => `
  select day, '${kind}' as kind, ${item} as item, ${name} as name, ${artist} as artist, ${counts},
    count(distinct user_id) as listeners, ${built}
  ${shared} and ${item} is not null group by day, ${item}`;
const none = 'null::varchar';
/** One of the tracks that were played. */
const numberOf = (...of: string[]) =>
  `(hash(${of.join(', ')}) % getvariable('tracks_played')::ubigint)::bigint`;
const list = (source: string) => `
  with pairs as materialized (
    select user_id, place, ${numberOf('user_id', 'place')} as recommended, ${numberOf('user_id', 'place', '1')} as played
    from (select distinct user_id from plays) cross join range(1, 101) as places (place)
  )
  select user_id, pairs.place as rank, tracks.track_id, tracks.track, tracks.artist, tracks.album, tracks.genre,
    '${source}' as source, 1.0 / pairs.place as score, because.track_id as because_track_id, because.track as because_track,
    because.artist as because_artist, ${none} as also_because_track_id, ${none} as also_because_track,
    ${none} as also_because_artist, pairs.place % 3 = 0 as is_new_artist, 0.1::double as artist_share,
    1 - ${chance('pairs.place')} as popularity, (hash(pairs.place) % 900)::bigint as listeners, ${built}
  from pairs join numbered as tracks on tracks.place = recommended
  join numbered as because on because.place = played`;

/** What publishing would find in gold. Few tracks have most of the plays. */
const tables: Record<string, string> = {
  daily_listening_stats: `select user_id, day, ${counts}, count(distinct track_id) as tracks,
      count(distinct artist_key) as artists, ${hidden}, ${ends}, ${built} from plays group by user_id, day`,
  track_charts: `${chart('day', 'day')} union all ${chart('week', '(day - (isodow(day) + 2) % 7 * interval 1 day)::date')}`,
  artist_popularity: `select day, artist_key, any_value(artist) as artist, ${counts}, count(distinct user_id) as listeners, ${rate},
      rank() over (partition by day order by count(*) filter (is_stream) desc) as rank, ${built}
    ${shared} group by day, artist_key`,
  listener_artists: `select user_id, artist_key, any_value(artist) as artist, ${counts}, 0::bigint as likes, ${ends}, ${built}
    from plays group by user_id, artist_key`,
  listener_tracks: `select user_id, ${named}, any_value(album) as album, null::timestamptz as album_told_at, ${counts},
      ${hidden}, false as liked, ${ends}, ${built} from plays group by user_id, track_id`,
  listening_clock: `select user_id, isodow(day) as weekday, hour(timestamp) as hour, count(*) as plays,
      count(*) filter (is_stream) as streams, sum(ms_played)::bigint as ms_played, count(*) filter (is_private) as private_plays,
      coalesce(sum(ms_played) filter (is_private), 0)::bigint as private_ms_played, ${built}
    from plays group by user_id, weekday, hour`,
  listener_plays: `select user_id, timestamp, day, event_id, track_id, track, artist_key, artist, album, genre, device, ms_played,
      skipped, is_stream, is_private, ${built} from plays`,
  listener_taste: `select user_id, track_id, any_value(artist_key) as artist_key, count(*) filter (not is_private) as plays,
      count(*) filter (is_stream and not is_private) as streams, count(*) filter (skipped and not is_private) as skips,
      null::boolean as liked, min(day) as first_day, max(day) as last_day, ${built} from plays group by user_id, track_id`,
  daily_breakdown: [
    part('hour', 'hour(timestamp)::varchar', none, none),
    part('device', 'device', 'any_value(device)', none),
    part('genre', 'genre', 'any_value(genre)', none),
    part('album', "artist_key || ' / ' || lower(album)", 'any_value(album)', 'any_value(artist)'),
    part('skipped_at', 'case when skipped then (ms_played // 5000 * 5)::varchar end', none, none),
  ].join(' union all '),
  session_lengths: `select day, [0, 5, 15, 30, 60, 120, 240][(1 + hash(user_id, day) % 7)::bigint] as minutes_from,
      count(distinct user_id) as sessions, ${counts}, count(distinct user_id) as listeners, ${built}
    ${shared} group by day, minutes_from`,
  discovery: `select user_id, artist_key, min(timestamp)::date as day, min(timestamp) as first_played_at,
      any_value(artist) as artist, any_value(track_id) as track_id, any_value(track) as track,
      any_value(event_id) as event_id, arg_min(is_private, timestamp) as is_private, ${built}
    from plays group by user_id, artist_key`,
  daily_discovery: `with firsts as (
      select user_id, artist_key, min(day) as day, arg_min(is_private, timestamp) as is_private
      from plays group by user_id, artist_key
    )
    select plays.day, case when firsts.is_private then 31 else least(plays.day - firsts.day, 31) end::integer as days_known,
      ${counts}, count(distinct user_id) as listeners, ${built}
    from plays join firsts using (user_id, artist_key) where not plays.is_private group by plays.day, days_known`,
  retention: `with months as (
      select user_id, date_trunc('month', day)::date as month, min(month) over (partition by user_id) as cohort_month
      ${shared} group by user_id, date_trunc('month', day)
    )
    select cohort_month, date_diff('month', cohort_month, month)::integer as months_since, month,
      max(count(*)) over (partition by cohort_month) as cohort_listeners, count(*) as listeners,
      count(*) / (max(count(*)) over (partition by cohort_month))::double as retention
    from months group by cohort_month, month`,
  track_catalogue: `select ${named}, any_value(artist_key) as artist_key, any_value(album) as album, any_value(genre) as genre,
      count(*) filter (is_stream) as streams, count(distinct user_id) as listeners, 0.5::double as popularity,
      row_number() over (order by listeners desc, track_id) as place
    ${shared} and is_stream group by track_id`,
  track_similarity: `with pairs as materialized (
      select track_id, places.place, ${numberOf('numbered.place', 'places.place')} as other
      from numbered cross join range(1, 201) as places (place)
    )
    select pairs.track_id, numbered.track_id as similar_track_id, pairs.place as rank, 1.0 / pairs.place as similarity
    from pairs join numbered on numbered.place = pairs.other`,
  user_recommendations: list('taste'),
  recommendations: list('taste'),
  recommendation_choice: `select tier, tier as method, '[]' as parts, tier = 'quality' as is_chosen, '' as reason, 0.2::double as ndcg,
      0.2::double as recall_10, 0.2::double as recall_20, 0.1::double as coverage, 1000::bigint as listeners,
      timestamptz '2026-01-01' as chosen_at
    from (values ('portable'), ('quality'), ('popularity')) as tiers (tier)`,
  volume_anomalies: `select 'plays' as topic, timestamptz '2025-01-01' as hour, 1::bigint as actual, 1.0::double as expected,
      0.0::double as expected_low, 2.0::double as expected_high, 0.0::double as score, 3::bigint as weeks, 'usual' as state`,
};

/** Writes the marts below a folder and points to them. */
export async function generateMarts(directory: string, size: MartsSize): Promise<void> {
  const folder = join(directory, version);
  await mkdir(folder, { recursive: true });
  const { connection, close } = await openDuckDb();
  try {
    await connection.run(plays(size));
    await connection.run(`create table numbered as
      select * replace (row_number() over (order by place) - 1 as place)
      from tracks where track_id in (select track_id from plays)`);
    await connection.run('set variable tracks_played = (select count(*) from numbered)');
    for (const [name, sql] of Object.entries(tables)) {
      await connection.run(`create or replace temp table written as ${sql}`);
      const counted = await connection.runAndReadAll('select count(*) from written');
      const rows = Number(counted.getRows()[0]![0]);
      await writeRows(connection, 'from written', {
        ...{ table: name, rows, file: `${name}.parquet`, directory: folder },
      });
    }
  } finally {
    close();
  }
  await writeFile(
    join(directory, 'current.json'),
    JSON.stringify({ version, published_at: '2026-01-01T00:00:00Z' }),
  );
}
