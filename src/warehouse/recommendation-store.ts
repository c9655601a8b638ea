/** What the pipeline's step `recommend` reads from gold and writes back to it. */
import { type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import {
  isDisliked,
  type Judged,
  type ListenerLists,
  preferenceWeight,
  type Taste,
} from '../recommend/index.ts';

/** What was chosen, and when. */
export interface StoredChoice {
  readonly tier: Judged['tier'];
  readonly parts: Judged['parts'];
  readonly chosenAt: number;
}

export interface ChoiceRow {
  readonly tier: Judged['tier'];
  readonly method: string;
  readonly parts: string;
  readonly isChosen: boolean;
  readonly reason: string;
  readonly scores?: Judged['scores'];
}

/** The tables of recommendations in the warehouse's file, open for writing until `close`. */
export class RecommendationStore {
  readonly #connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;

  private constructor(connection: DuckDBConnection, instance: DuckDBInstance) {
    this.#connection = connection;
    this.#instance = instance;
  }

  /** @throws TonearmError TNA_WAREHOUSE_LOCKED while another process has the file. */
  static async open(path: string): Promise<RecommendationStore> {
    try {
      const instance = await DuckDBInstance.create(path);
      const connection = await instance.connect();
      await connection.run("set timezone = 'UTC'");
      await connection.run(`set memory_limit = '${memoryLimit}'`);
      await connection.run(tables);
      return new RecommendationStore(connection, instance);
    } catch (error) {
      if (!/lock/i.test(String(error))) throw error;
      throw new TonearmError('TNA_WAREHOUSE_LOCKED', `${path} is in use by another process.`, {
        cause: error,
        remedy: 'Close the other program that has the warehouse open, then run again.',
      });
    }
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async countInteractions(): Promise<number> {
    const [row] = await this.#rows('select count(*)::integer as rows from gold.listener_taste');
    return row!.rows as number;
  }

  /** The choice that the lists in the store were made by. */
  async choice(): Promise<StoredChoice | undefined> {
    const [row] = await this.#rows(
      `select tier, parts, epoch_ms(chosen_at)::double as chosen_at
       from gold.recommendation_choice where is_chosen`,
    );
    if (row === undefined) return undefined;
    return {
      tier: row.tier as Judged['tier'],
      parts: JSON.parse(row.parts as string) as Judged['parts'],
      chosenAt: row.chosen_at as number,
    };
  }

  /** Listeners whose plays or likes are newer than the lists. */
  async changedListeners(): Promise<Set<string>> {
    const rows = await this.#rows(
      `select distinct user_id from gold.listener_taste
       where built_from_version > coalesce((select max(built_from_version) from gold.recommendations), 0)`,
    );
    return new Set(rows.map((row) => row.user_id as string));
  }

  /**
   * Taste by columns in memory that threads can share: about 30 bytes for a listener's track. Numbers
   * listeners and tracks in this connection, as `write` expects them.
   * @param options.only listeners to read; everyone when left out.
   * @param options.tracks tracks that have their numbers already: their places here. New ones come behind.
   */
  async taste(
    options: { only?: ReadonlySet<string>; tracks?: readonly string[] } = {},
  ): Promise<Taste> {
    await this.#named('wanted_listener', [...(options.only ?? [])]);
    await this.#named('kept_track', options.tracks ?? []);
    await this.#connection.run(numbers(options.only !== undefined));
    const listeners = await this.#rows(
      'select user_id, tracks::integer as tracks from temp.numbered_listener order by number',
    );
    const tracks = await this.#rows(
      `select track_id, listeners::integer as listeners, artist::integer as artist, genre::integer as genre
       from temp.numbered_track order by number`,
    );
    const starts = new Int32Array(new SharedArrayBuffer(4 * (listeners.length + 1)));
    listeners.forEach((row, at) => {
      starts[at + 1] = starts[at]! + (row.tracks as number);
    });
    const size = starts.at(-1)!;
    const [today] = await this.#rows(
      `select coalesce(max(last_day) - date '1970-01-01', 0)::integer as day from gold.listener_taste`,
    );
    const cells = {
      indices: new Int32Array(new SharedArrayBuffer(4 * size)),
      values: new Float64Array(new SharedArrayBuffer(8 * size)),
      streams: new Int32Array(new SharedArrayBuffer(4 * size)),
      disliked: new Uint8Array(new SharedArrayBuffer(size)),
      firstDays: new Int32Array(new SharedArrayBuffer(4 * size)),
    };
    const result = await this.#connection.stream(selectTaste);
    let next = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      readCells(chunk, cells, next, today!.day as number);
      next += chunk.rowCount;
    }
    return {
      listeners: listeners.map((row) => row.user_id as string),
      tracks: tracks.map((row) => row.track_id as string),
      listenersOf: Int32Array.from(tracks, (row) => row.listeners as number),
      artists: Int32Array.from(tracks, (row) => row.artist as number),
      genres: Int32Array.from(tracks, (row) => (row.genre as number | null) ?? -1),
      matrix: {
        rows: listeners.length,
        columns: tracks.length,
        starts,
        indices: cells.indices,
        values: cells.values,
      },
      streams: cells.streams,
      disliked: cells.disliked,
      firstDays: cells.firstDays,
    };
  }

  /**
   * Replaces lists and, where there is a new one, the choice, in one transaction. Lists of listeners that are gone
   * go too.
   * @param lists by the numbers of `taste`; none where the quality tier was not chosen.
   * @param only numbers of the listeners whose lists are replaced; every list when left out.
   */
  async write(
    lists: ListenerLists | undefined,
    options: { only?: ReadonlySet<number>; choice?: readonly ChoiceRow[]; now: number },
  ): Promise<void> {
    const connection = this.#connection;
    await connection.run('begin');
    try {
      if (options.only === undefined) await connection.run('delete from gold.recommendations');
      else {
        await connection.run('create or replace temp table renewed (listener integer)');
        const renewed = await connection.createAppender('renewed', 'main', 'temp');
        for (const listener of options.only) {
          renewed.appendInteger(listener);
          renewed.endRow();
        }
        renewed.closeSync();
        await connection.run(
          `delete from gold.recommendations where user_id not in (select user_id from gold.listener_taste)
             or user_id in (select user_id from temp.numbered_listener join renewed on listener = number)`,
        );
      }
      if (lists !== undefined) {
        await this.#appendLists(lists);
        await connection.run(insertLists);
      }
      if (options.choice !== undefined) await this.#writeChoice(options.choice, options.now);
      await connection.run('commit');
    } catch (error) {
      await connection.run('rollback');
      throw error;
    }
  }

  /** A temporary table of names, numbered by their places. */
  async #named(table: string, names: readonly string[]): Promise<void> {
    await this.#connection.run(
      `create or replace temp table ${table} (name varchar, number integer)`,
    );
    const appender = await this.#connection.createAppender(table, 'main', 'temp');
    names.forEach((name, number) => {
      appender.appendVarchar(name);
      appender.appendInteger(number);
      appender.endRow();
    });
    appender.closeSync();
  }

  async #appendLists(lists: ListenerLists): Promise<void> {
    await this.#connection.run(
      `create or replace temp table new_list (listener integer, rank integer, track integer,
         is_taste boolean, because integer, also_because integer)`,
    );
    const appender = await this.#connection.createAppender('new_list', 'main', 'temp');
    for (let at = 0; at < lists.tracks.length; at += 1) {
      appender.appendInteger(lists.listeners[at]!);
      appender.appendInteger(lists.ranks[at]!);
      appender.appendInteger(lists.tracks[at]!);
      appender.appendBoolean(lists.fromTaste[at] === 1);
      // −1, no reason, is no number of a track either.
      appender.appendInteger(lists.because[at]!);
      appender.appendInteger(lists.alsoBecause[at]!);
      appender.endRow();
    }
    appender.closeSync();
  }

  async #writeChoice(choice: readonly ChoiceRow[], now: number): Promise<void> {
    await this.#connection.run('delete from gold.recommendation_choice');
    for (const { tier, method, parts, isChosen, reason, scores } of choice) {
      await this.#connection.run(
        `insert into gold.recommendation_choice values ($tier, $method, $parts, $isChosen, $reason,
           $ndcg::double, $recall10::double, $recall20::double, $coverage::double, $users::bigint,
           make_timestamptz($now::bigint * 1000))`,
        {
          tier,
          method,
          parts,
          isChosen,
          reason,
          ndcg: scores?.['ndcg@10'] ?? null,
          recall10: scores?.['recall@10'] ?? null,
          recall20: scores?.['recall@20'] ?? null,
          coverage: scores?.['coverage@10'] ?? null,
          users: scores?.users ?? null,
          now,
        },
      );
    }
  }

  async #rows(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.#connection.runAndReadAll(sql)).getRowObjectsJS() as Record<
      string,
      unknown
    >[];
  }
}

/** What DuckDB may hold in memory here; more goes to a file beside the warehouse. */
const memoryLimit = '1500MB';

const tables = `
  create table if not exists gold.recommendations as
    select * from gold.user_recommendations where false;
  create table if not exists gold.recommendation_choice (
    tier varchar, method varchar, parts varchar, is_chosen boolean, reason varchar, ndcg double,
    recall_10 double, recall_20 double, coverage double, listeners bigint, chosen_at timestamptz)`;

/** Listeners by name, tracks by popularity behind those that have their numbers; artists and genres as numbers. */
const numbers = (someOnly: boolean) => `
  create or replace temp table numbered_listener as
    select row_number() over (order by user_id) - 1 as number, user_id, count(*) as tracks
    from gold.listener_taste ${someOnly ? 'where user_id in (select name from wanted_listener)' : ''}
    group by user_id;
  create or replace temp table numbered_track as
    with heard as (
      select track_id, any_value(artist_key order by artist_key) as artist_key, count(*) as listeners
      from gold.listener_taste group by track_id
    )
    select row_number() over (order by kept.number nulls last, heard.listeners desc nulls last, heard.track_id) - 1
        as number, coalesce(kept.name, heard.track_id) as track_id, coalesce(heard.listeners, 0) as listeners,
      dense_rank() over (order by heard.artist_key) as artist,
      case when genre is not null then dense_rank() over (order by genre) end as genre
    from heard
    full join kept_track as kept on heard.track_id = kept.name
    left join gold.track_catalogue as track on heard.track_id = track.track_id`;

const selectTaste = `
  select track.number::integer as track, plays::integer as plays, streams::integer as streams,
    skips::integer as skips, liked::integer as liked,
    (first_day - date '1970-01-01')::integer as first_day, (last_day - date '1970-01-01')::integer as last_day
  from gold.listener_taste as taste
  join temp.numbered_listener as listener on taste.user_id = listener.user_id
  join temp.numbered_track as track on taste.track_id = track.track_id
  order by listener.number, track.number`;

interface Cells {
  readonly indices: Int32Array;
  readonly values: Float64Array;
  readonly streams: Int32Array;
  readonly disliked: Uint8Array;
  readonly firstDays: Int32Array;
}

function readCells(chunk: DuckDBDataChunk, cells: Cells, from: number, today: number): void {
  const [tracks, plays, streams, skips, liked, firstDays, lastDays] = Array.from(
    { length: 7 },
    (_, column) => chunk.getColumnVector(column),
  );
  const row = { user: '', track: '', artist: '' };
  for (let place = 0; place < chunk.rowCount; place += 1) {
    const said = liked!.getItem(place) as number | null;
    const one = {
      ...row,
      plays: plays!.getItem(place) as number,
      streams: streams!.getItem(place) as number,
      skips: skips!.getItem(place) as number,
      liked: said === null ? undefined : said === 1,
      lastPlayedDay: lastDays!.getItem(place) as number,
    };
    const at = from + place;
    cells.indices[at] = tracks!.getItem(place) as number;
    cells.values[at] = preferenceWeight(one, today);
    cells.streams[at] = one.streams;
    cells.disliked[at] = isDisliked(one) ? 1 : 0;
    cells.firstDays[at] = firstDays!.getItem(place) as number;
  }
}

/** The same columns as gold.user_recommendations, from the lists alone. */
const insertLists = `
  insert into gold.recommendations by name
  with shares as (
    select user_id, artist_key, sum(streams) as streams,
      coalesce(sum(streams)::double / nullif(sum(sum(streams)) over (partition by user_id), 0), 0) as share
    from gold.listener_taste
    where user_id in (
      select user_id from temp.numbered_listener where number in (select listener from new_list)
    )
    group by user_id, artist_key
  ),
  named as (
    select numbered.number, track.*
    from temp.numbered_track as numbered join gold.track_catalogue as track on numbered.track_id = track.track_id
  )
  select listener.user_id, new_list.rank::bigint as rank, track.track_id, track.track, track.artist, track.album,
    track.genre, if(is_taste, 'taste', 'popular') as source, 1.0 / new_list.rank as score,
    because.track_id as because_track_id, because.track as because_track,
    because.artist as because_artist, also.track_id as also_because_track_id,
    also.track as also_because_track, also.artist as also_because_artist,
    coalesce(shares.streams, 0) = 0 as is_new_artist, coalesce(shares.share, 0) as artist_share,
    track.popularity, track.listeners,
    (select max(built_from_version) from gold.listener_taste) as built_from_version
  from new_list
  join temp.numbered_listener as listener on new_list.listener = listener.number
  join named as track on new_list.track = track.number
  left join shares on listener.user_id = shares.user_id and track.artist_key = shares.artist_key
  left join named as because on new_list.because = because.number
  left join named as also on new_list.also_because = also.number`;
