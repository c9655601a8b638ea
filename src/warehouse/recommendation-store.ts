/** What the pipeline's step `recommend` reads from gold and writes back to it. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import type { Judged, ListenerRecommendation, ListenerTrack } from '../recommend/index.ts';

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

  async taste(): Promise<{
    rows: ListenerTrack[];
    genres: Map<string, string>;
    today: number;
  }> {
    const rows = (await this.#rows(
      `select user_id as user, track_id as track, artist_key as artist, plays::integer as plays,
         streams::integer as streams, skips::integer as skips, liked,
         first_day - date '1970-01-01' as "firstPlayedDay", last_day - date '1970-01-01' as "lastPlayedDay"
       from gold.listener_taste order by user_id, track_id`,
    )) as unknown as (Omit<ListenerTrack, 'liked'> & { liked: boolean | null })[];
    const genres = await this.#rows(
      'select track_id, genre from gold.track_catalogue where genre is not null',
    );
    const plain = rows.map((row) => ({
      ...row,
      liked: row.liked ?? undefined,
      firstPlayedDay: Number(row.firstPlayedDay),
      lastPlayedDay: Number(row.lastPlayedDay),
    }));
    return {
      rows: plain,
      genres: new Map(genres.map((row) => [row.track_id as string, row.genre as string])),
      today: plain.reduce((latest, row) => Math.max(latest, row.lastPlayedDay), 0),
    };
  }

  /**
   * Replaces lists and, where there is a new one, the choice, in one transaction.
   * @param only listeners whose lists are replaced; every list when left out.
   */
  async write(
    lists: readonly ListenerRecommendation[],
    options: { only?: ReadonlySet<string>; choice?: readonly ChoiceRow[]; now: number },
  ): Promise<void> {
    const connection = this.#connection;
    await connection.run('begin');
    try {
      await connection.run(
        `create or replace temp table new_list (user_id varchar, rank bigint, track_id varchar, source varchar,
           because_track_id varchar, also_because_track_id varchar);
         create or replace temp table renewed (user_id varchar)`,
      );
      const appender = await connection.createAppender('new_list', 'main', 'temp');
      for (const { user, rank, track, source, because } of lists) {
        appender.appendVarchar(user);
        appender.appendBigInt(BigInt(rank));
        appender.appendVarchar(track);
        appender.appendVarchar(source);
        for (const place of [0, 1]) {
          const reason = because[place];
          if (reason === undefined) appender.appendNull();
          else appender.appendVarchar(reason);
        }
        appender.endRow();
      }
      appender.closeSync();
      if (options.only === undefined) await connection.run('delete from gold.recommendations');
      else {
        const names = await connection.createAppender('renewed', 'main', 'temp');
        for (const user of options.only) {
          names.appendVarchar(user);
          names.endRow();
        }
        names.closeSync();
        await connection.run(
          `delete from gold.recommendations where user_id in (from renewed)
             or user_id not in (select user_id from gold.listener_taste)`,
        );
      }
      await connection.run(insertLists);
      if (options.choice !== undefined) await this.#writeChoice(options.choice, options.now);
      await connection.run('commit');
    } catch (error) {
      await connection.run('rollback');
      throw error;
    }
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

const tables = `
  create table if not exists gold.recommendations as
    select * from gold.user_recommendations where false;
  create table if not exists gold.recommendation_choice (
    tier varchar, method varchar, parts varchar, is_chosen boolean, reason varchar, ndcg double,
    recall_10 double, recall_20 double, coverage double, listeners bigint, chosen_at timestamptz)`;

/** The same columns as gold.user_recommendations, from the lists alone. */
const insertLists = `
  insert into gold.recommendations by name
  with shares as (
    select user_id, artist_key, sum(streams) as streams,
      coalesce(sum(streams)::double / nullif(sum(sum(streams)) over (partition by user_id), 0), 0) as share
    from gold.listener_taste group by user_id, artist_key
  )
  select new_list.user_id, new_list.rank, new_list.track_id, track.track, track.artist, track.album,
    track.genre, new_list.source, 1.0 / new_list.rank as score,
    because.track_id as because_track_id, because.track as because_track,
    because.artist as because_artist, also.track_id as also_because_track_id,
    also.track as also_because_track, also.artist as also_because_artist,
    coalesce(shares.streams, 0) = 0 as is_new_artist, coalesce(shares.share, 0) as artist_share,
    track.popularity, track.listeners,
    (select max(built_from_version) from gold.listener_taste) as built_from_version
  from new_list
  join gold.track_catalogue as track on new_list.track_id = track.track_id
  left join shares on new_list.user_id = shares.user_id and track.artist_key = shares.artist_key
  left join gold.track_catalogue as because on new_list.because_track_id = because.track_id
  left join gold.track_catalogue as also on new_list.also_because_track_id = also.track_id`;
