/** Published marts of a long history, made from generated plays by plain SQL: quick, and always the same. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { literal, openDuckDb } from '../src/duckdb.ts';
import { rowsOfGroup } from '../src/warehouse/export-marts.ts';

export interface MartsSize {
  readonly plays: number;
  readonly listeners: number;
  readonly tracks: number;
  readonly days: number;
}

const version = '20260101T000000000Z';
const counts = `count(*) as plays, count(*) filter (played >= 30000) as streams,
  count(*) filter (played < 60000) as skips, sum(played)::bigint as ms_played`;
const ends = 'min(began) as first_played_at, max(began) as last_played_at';
const privately = `count(*) filter (hidden) as private_plays,
  count(*) filter (hidden and played >= 30000) as private_streams,
  count(*) filter (hidden and played < 60000) as private_skips,
  coalesce(sum(played) filter (hidden), 0)::bigint as private_ms_played`;
const named = `'spotify:track:' || track as track_id, 'Song ' || track as track,
  'Artist ' || track // 8 as artist`;

/** Tables by name, in the order in which publishing writes them. Few tracks have most of the plays. */
const tables: Record<string, string> = {
  daily_listening_stats: `select 'listener-' || listener as user_id, began::date as day, ${counts}, ${privately}, ${ends}
    from plays group by listener, began::date order by user_id`,
  track_charts: `select 'day' as period, began::date as period_start, ${named}, ${counts},
      count(distinct listener) as listeners, row_number() over (partition by began::date order by count(*) desc) as rank
    from plays where not hidden group by track, began::date order by period_start, rank`,
  artist_popularity: `select began::date as day, 'Artist ' || track // 8 as artist, ${counts}, count(distinct listener) as listeners,
      row_number() over (partition by began::date order by count(*) desc) as rank
    from plays where not hidden group by track // 8, began::date order by day, rank`,
  user_preferences: `select 'listener-' || listener as user_id, 'Artist ' || track // 8 as artist, ${counts}, ${ends}
    from plays group by listener, track // 8 order by user_id`,
  listener_tracks: `select 'listener-' || listener as user_id, ${named}, null::varchar as album, ${counts}, false as liked, ${ends}
    from plays group by listener, track order by user_id`,
  listening_clock: `select 'listener-' || listener as user_id, isodow(began) as weekday, hour(began) as hour, ${counts}, ${privately}
    from plays group by all order by user_id`,
  track_catalogue: `select ${named}, 'artist ' || track // 8 as artist_key, 'genre ' || track % 20 as genre,
      count(distinct listener) as listeners, row_number() over (order by count(*) desc) as place
    from plays group by track order by track_id`,
  listener_taste: `select 'listener-' || listener as user_id, 'spotify:track:' || track as track_id,
      'artist ' || track // 8 as artist_key, count(*) filter (played >= 30000) as streams
    from plays group by listener, track order by user_id`,
  track_similarity: `select 'spotify:track:' || one.track as track_id,
      'spotify:track:' || hash(one.track, places.place) % one.tracks as similar_track_id, places.place as rank
    from (select track, max(track) over () + 1 as tracks from (select distinct track from plays)) as one
    cross join range(1, 101) as places (place) order by track_id, rank`,
  user_recommendations: `select 'listener-' || listener as user_id, place as rank, ${named}, null::varchar as album,
      'genre 1' as genre, 'taste' as source, 1.0 / place as score, 'spotify:track:1' as because_track_id,
      'Song 1' as because_track, 'Artist 0' as because_artist, null::varchar as also_because_track_id,
      null::varchar as also_because_track, null::varchar as also_because_artist, place % 3 = 0 as is_new_artist,
      0.0::double as artist_share, 1.0 / place as popularity, 100::bigint as listeners, 1::bigint as built_from_version
    from (select listener, place, hash(listener, place) % 50000 as track
      from (select distinct listener from plays) cross join range(1, 101) as places (place)) order by user_id, rank`,
};

/** Writes the marts below a folder and points to them. */
export async function generateMarts(directory: string, size: MartsSize): Promise<void> {
  const folder = join(directory, version);
  await mkdir(folder, { recursive: true });
  const { connection, close } = await openDuckDb();
  try {
    await connection.run(`create table plays as
      select (hash(place) % ${size.listeners})::integer as listener,
        floor(${size.tracks} * power((hash(place, 1) % 1000000) / 1e6, 3))::integer as track,
        to_timestamp(1735689600 + hash(place, 2) % (${size.days} * 86400)) as began,
        (20000 + hash(place, 3) % 220000)::integer as played, place % 50 = 0 as hidden
      from range(${size.plays}) as places (place)`);
    for (const [name, sql] of Object.entries(tables)) {
      const path = literal(join(folder, `${name}.parquet`));
      await connection.run(
        `copy (${sql}) to ${path} (format parquet, compression zstd, row_group_size ${rowsOfGroup})`,
      );
    }
  } finally {
    close();
  }
  await writeFile(
    join(directory, 'current.json'),
    JSON.stringify({ version, published_at: '2026-01-01T00:00:00Z' }),
  );
}
