import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { TonearmError } from '../errors.ts';
import { martFiles, rowsOfFiles } from '../warehouse/index.ts';
import { RecentAnswers } from './recent-answers.ts';

/** What the marts' pointer says. */
export interface PublishedMarts {
  readonly version: string;
  /** RFC 3339, UTC. */
  readonly publishedAt: string;
  /** Absolute path of the folder with the tables' files. */
  readonly directory: string;
}

export interface MartsData {
  readonly first_day: string;
  readonly last_day: string;
  readonly listeners: number;
  readonly plays: number;
}

/** Gold tables that the routes read. Quick when a listener's rows lie together in the files. */
const tables = [
  'daily_listening_stats',
  'artist_popularity',
  'track_charts',
  'user_preferences',
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
  session_lengths: `day date, minutes_from integer, sessions bigint, plays bigint, listeners bigint,
    ms_played bigint`,
  discovery: `user_id varchar, artist_key varchar, day date, first_played_at timestamptz,
    artist varchar, track_id varchar, track varchar, is_private boolean`,
  retention: `cohort_month date, months_since integer, month date, cohort_listeners bigint,
    listeners bigint, retention double`,
} as const;

/**
 * Totals that would otherwise be added up for each request. Private plays are taken out:
 * they belong to their listener alone.
 */
const summaries = `
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
    from gold.listening_clock group by all;
  create table gold.listeners as
    select user_id, sum(plays - private_plays)::bigint as plays,
      sum(ms_played - private_ms_played)::bigint as ms_played,
      max(last_played_at) filter (private_plays = 0) as last_played_at
    from gold.daily_listening_stats group by user_id having sum(plays - private_plays) > 0
    order by plays desc, user_id;
  create table gold.track_totals as
    select track_id, any_value(track) as track, any_value(artist) as artist,
      sum(plays)::bigint as plays, sum(streams)::bigint as streams,
      sum(skips)::bigint as skips, sum(ms_played)::bigint as ms_played,
      max(listeners) as most_listeners
    from gold.track_charts where period = 'day' group by track_id;
  create table gold.artist_totals as
    select artist, sum(plays)::bigint as plays, sum(streams)::bigint as streams,
      sum(skips)::bigint as skips, sum(ms_played)::bigint as ms_played,
      max(listeners) as most_listeners
    from gold.artist_popularity group by artist;
  create table gold.discovery_totals as
    select day, count(*) as new_artists, count(distinct user_id) as listeners
    from gold.discovery where not is_private group by day order by day;
`;

type Row = Record<string, unknown>;

/**
 * One published version: its Parquet files as views, and totals in memory. Loading all of it into
 * memory made look-ups no quicker and cost ten times the CPU at each publish.
 */
export class Marts {
  readonly published: PublishedMarts;
  readonly data: MartsData | null;
  readonly #instance: DuckDBInstance;
  readonly #idle: DuckDBConnection[] = [];
  readonly #answers = new RecentAnswers();
  #queries = 0;
  #retired = false;
  #broken = false;

  private constructor(published: PublishedMarts, instance: DuckDBInstance, data: MartsData | null) {
    this.published = published;
    this.#instance = instance;
    this.data = data;
  }

  /**
   * Loads a version.
   * @throws TonearmError TNA_SERVING_MARTS_UNREADABLE
   */
  static async load(published: PublishedMarts): Promise<Marts> {
    const instance = await DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      // Queries run beside each other on connections of their own. With more threads DuckDB 1.5.5 now and then fails
      // inside a parallel window (`Attempted to access index 0 within vector of size 0`), and its database with it.
      threads: '1',
    });
    const connection = await instance.connect();
    try {
      await connection.run(
        "set timezone = 'UTC'; set parquet_metadata_cache = true; create schema gold",
      );
      const files = await martFiles(published.directory);
      const show = async (table: string, paths: readonly string[]) => {
        await connection.run(`create view gold.${table} as from ${rowsOfFiles(paths)}`);
      };
      // A table that every version has, and this one lacks: reading fails with the name of the file.
      const expected = (table: string) =>
        files.get(table) ?? [join(published.directory, `${table}.parquet`)];
      for (const table of tables) await show(table, expected(table));
      for (const [table, earlier] of Object.entries(earlierNames)) {
        await show(table, files.get(table) ?? expected(earlier));
      }
      for (const [table, columns] of Object.entries(laterTables)) {
        const paths = files.get(table);
        if (paths === undefined) await connection.run(`create table gold.${table} (${columns})`);
        else await show(table, paths);
      }
      await connection.run(summaries);
      const [data] = await rowsOf(
        connection,
        `select min(day)::varchar as first_day, max(day)::varchar as last_day,
           (select count(*) from gold.listeners) as listeners, sum(plays) as plays
         from gold.daily_totals where plays > 0`,
        {},
      );
      const known = data?.first_day == null ? null : (data as unknown as MartsData);
      connection.closeSync();
      return new Marts(published, instance, known);
    } catch (error) {
      connection.closeSync();
      instance.closeSync();
      throw new TonearmError(
        'TNA_SERVING_MARTS_UNREADABLE',
        `The marts of version ${published.version} cannot be read: ${(error as Error).message}`,
        { cause: error, remedy: 'Run `./tonearm run` to publish them again.' },
      );
    }
  }

  /** DuckDB has given up on its database: the version must be loaded again. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Rows of a query over `gold.*`; parameters are bound by name (`$name`). Whole numbers come as numbers. A version
   * never changes, so the same question has the same answer: recent ones are kept. Don't change the rows.
   */
  async query<Result>(sql: string, parameters: Record<string, DuckDBValue>): Promise<Result[]> {
    const rows = await this.#answers.get(sql, parameters, () => this.#run(sql, parameters));
    return [...rows] as Result[];
  }

  async #run(sql: string, parameters: Record<string, DuckDBValue>): Promise<Row[]> {
    this.#queries += 1;
    const connection = this.#idle.pop() ?? (await this.#connect());
    try {
      return await rowsOf(connection, sql, parameters);
    } catch (error) {
      this.#broken ||= /^(FATAL|INTERNAL) Error/.test((error as Error).message);
      throw error;
    } finally {
      this.#idle.push(connection);
      this.#queries -= 1;
      this.#closeWhenUnused();
    }
  }

  async #connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect();
    await connection.run("set timezone = 'UTC'");
    return connection;
  }

  /** Frees the memory once the queries in flight are answered. */
  retire(): void {
    this.#retired = true;
    this.#answers.clear();
    this.#closeWhenUnused();
  }

  #closeWhenUnused(): void {
    if (!this.#retired || this.#queries > 0) return;
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    this.#instance.closeSync();
  }
}

async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Record<string, DuckDBValue>,
): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql, parameters);
  const rows = reader.getRowObjectsJS() as Row[];
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === 'bigint') row[name] = Number(value);
      else if (value instanceof Date) row[name] = value.toISOString();
    }
  }
  return rows;
}
