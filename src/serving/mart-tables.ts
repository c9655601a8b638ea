import { join } from 'node:path';
import type { DuckDBConnection } from '../duckdb.ts';
import { type MartTable, martFiles, rowsForLookUps, rowsOfFiles } from '../warehouse/index.ts';
import { LookUps } from './look-ups.ts';

/** Gold tables that the routes read. Quick when a listener's rows lie together in the files. */
const everyVersionHas = [
  'daily_listening_stats',
  'artist_popularity',
  'track_charts',
  'listener_tracks',
  'listening_clock',
] as const;

/** Tables that an earlier Tonearm published under another name. */
const earlierNames = { listener_artists: 'user_preferences' } as const;

const listColumns = `user_id varchar, rank bigint, track_id varchar, track varchar, artist varchar,
  album varchar, genre varchar, source varchar, score double, because_track_id varchar, because_track varchar,
  because_artist varchar, also_because_track_id varchar, also_because_track varchar,
  also_because_artist varchar, is_new_artist boolean, artist_share double, popularity double,
  listeners bigint, built_from_version bigint`;

/** Tables that a version may lack: of an earlier Tonearm, or before the first choice. Then they are empty. */
const laterTables = {
  user_recommendations: listColumns,
  recommendations: listColumns,
  recommendation_choice: `tier varchar, method varchar, parts varchar, is_chosen boolean, reason varchar,
    ndcg double, recall_10 double, recall_20 double, coverage double, listeners bigint, chosen_at timestamptz`,
  track_similarity: 'track_id varchar, similar_track_id varchar, rank bigint',
  track_catalogue: `track_id varchar, track varchar, artist varchar, artist_key varchar, genre varchar,
    listeners bigint, place bigint`,
  volume_anomalies: `topic varchar, hour timestamptz, actual bigint, expected double, expected_low double,
    expected_high double, score double, weeks bigint, state varchar`,
  listener_taste: 'user_id varchar, track_id varchar, artist_key varchar, streams bigint',
  listener_plays: `user_id varchar, timestamp timestamptz, day date, event_id varchar, track_id varchar,
    track varchar, artist_key varchar, artist varchar, album varchar, genre varchar, device varchar,
    ms_played bigint, skipped boolean, is_stream boolean, is_private boolean`,
  daily_breakdown: `day date, kind varchar, item varchar, name varchar, artist varchar, plays bigint,
    streams bigint, skips bigint, listeners bigint, ms_played bigint`,
  daily_discovery: `day date, days_known integer, plays bigint, streams bigint, listeners bigint,
    ms_played bigint`,
  session_lengths: `day date, minutes_from integer, sessions bigint, plays bigint, listeners bigint,
    ms_played bigint`,
  discovery: `user_id varchar, artist_key varchar, day date, first_played_at timestamptz,
    artist varchar, track_id varchar, track varchar, is_private boolean`,
  retention: `cohort_month date, months_since integer, month date, cohort_listeners bigint,
    listeners bigint, retention double`,
} as const;

/** Every table of gold that a route reads. */
export const tablesOfRoutes: readonly string[] = [
  ...everyVersionHas,
  ...Object.keys(earlierNames),
  ...Object.keys(laterTables),
];

/** Small tables in memory, and totals that would otherwise be added up for each request. Counts of items are in `everyone-counts.ts`. */
const summaries = (clock: string) => `
  create table gold.daily_totals as
    select day, sum(plays - private_plays)::bigint as plays,
      sum(streams - private_streams)::bigint as streams,
      sum(skips - private_skips)::bigint as skips,
      sum(ms_played - private_ms_played)::bigint as ms_played,
      count(*) filter (plays > private_plays) as listeners
    from gold.daily_listening_stats group by day order by day;
  create table gold.clock_totals as
    select weekday, hour, sum(plays - private_plays)::bigint as plays,
      sum(ms_played - private_ms_played)::bigint as ms_played,
      count(*) filter (plays > private_plays) as listeners
    from ${clock} group by all;
  create table gold.listeners as
    select user_id, lower(user_id) as searched, sum(plays - private_plays)::bigint as plays,
      sum(ms_played - private_ms_played)::bigint as ms_played,
      max(last_played_at) filter (private_plays = 0) as last_played_at
    from gold.daily_listening_stats group by user_id having sum(plays - private_plays) > 0
    order by plays desc, user_id;
  create table gold.tracks as
    select track_id, track, artist, artist_key, genre, listeners, place, lower(track || ' ' || artist) as searched
    from gold.track_catalogue order by place;
  create table gold.artist_names as
    select artist_key, any_value(artist) as artist from gold.track_catalogue group by artist_key;
  create table gold.cohorts as from gold.retention;
  create table gold.session_days as from gold.session_lengths order by day;
`;

/** Tables that are asked for one listener or one track, and by which column. */
const lookedUp = {
  daily_listening_stats: 'user_id',
  listener_artists: 'user_id',
  listener_plays: 'user_id',
  listener_taste: 'user_id',
  listener_tracks: 'user_id',
  listening_clock: 'user_id',
  recommendations: 'user_id',
  track_similarity: 'track_id',
  user_recommendations: 'user_id',
} as const;

export type LookedUpTable = keyof typeof lookedUp;

/**
 * Makes the tables of `gold` that the routes ask: the files of a version as views, and small totals in memory.
 * What is asked of one listener stays in the files, where their rows lie together: loading all of it made look-ups
 * no quicker and cost ten times the CPU at each publish.
 */
export async function createTables(
  connection: DuckDBConnection,
  directory: string,
): Promise<LookUps> {
  const files = await martFiles(directory);
  const tables = new Map<string, MartTable>();
  // A table that every version has, and this one lacks: reading fails with the name of the file.
  const expected = (table: string): MartTable =>
    files.get(table) ?? { paths: [join(directory, `${table}.parquet`)] };
  for (const table of everyVersionHas) tables.set(table, expected(table));
  for (const [table, earlier] of Object.entries(earlierNames)) {
    tables.set(table, files.get(table) ?? expected(earlier));
  }
  for (const [table, columns] of Object.entries(laterTables)) {
    const found = files.get(table);
    if (found === undefined) await connection.run(`create table gold.${table} (${columns})`);
    else tables.set(table, found);
  }
  for (const [name, table] of tables) {
    await connection.run(`create view gold.${name} as from ${rowsForLookUps(table)}`);
  }
  await connection.run(summaries(rowsOfFiles(expected('listening_clock'))));
  return await LookUps.read(connection, tables, lookedUp);
}
