import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { TonearmError } from '../errors.ts';
import { type EveryoneCounts, readEveryoneCounts } from './everyone-counts.ts';
import { EveryoneDiscovery } from './everyone-discovery.ts';
import { type KeyedRows, readText, recentTexts, rowsFrom } from './keyed-rows.ts';
import { inOrder, type Play, playRows } from './listener-history.ts';
import type { LookUps } from './look-ups.ts';
import { createTables, type LookedUpTable } from './mart-tables.ts';
import { recentAnswers } from './recent-answers.ts';

/** What the marts' pointer says. */
export interface PublishedMarts {
  readonly version: string;
  /** RFC 3339, UTC. */
  readonly publishedAt: string;
  /** Absolute path of the folder with `<table>.parquet`. */
  readonly directory: string;
}

export interface MartsData {
  readonly first_day: string;
  readonly last_day: string;
  readonly listeners: number;
  readonly plays: number;
}

type Row = Record<string, unknown>;

/**
 * One published version: its Parquet files as views, and totals in memory. Loading all of it into
 * memory made look-ups no quicker and cost ten times the CPU at each publish.
 */
export class Marts {
  readonly published: PublishedMarts;
  readonly data: MartsData | null;
  readonly everyone: EveryoneCounts;
  /** Lists of the quality tier were chosen over the portable ones. */
  readonly showsQualityLists: boolean;
  readonly discovery: EveryoneDiscovery;
  readonly #instance: DuckDBInstance;
  readonly #lookUps: LookUps;
  readonly #idle: DuckDBConnection[] = [];
  readonly #answers = recentAnswers();
  readonly #texts = recentTexts();
  #inUse = 0;
  #retired = false;
  #broken = false;

  private constructor(
    published: PublishedMarts,
    instance: DuckDBInstance,
    read: {
      data: MartsData | null;
      everyone: EveryoneCounts;
      lookUps: LookUps;
      showsQualityLists: boolean;
    },
  ) {
    const { data, everyone, lookUps } = read;
    this.showsQualityLists = read.showsQualityLists;
    this.published = published;
    this.#instance = instance;
    this.data = data;
    this.everyone = everyone;
    this.#lookUps = lookUps;
    this.discovery = new EveryoneDiscovery(everyone, data?.last_day ?? '1970-01-01');
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
        "set timezone = 'UTC'; set global parquet_metadata_cache = true; create schema gold",
      );
      const lookUps = await createTables(connection, published.directory);
      const [data] = await rowsOf(
        connection,
        `select min(day)::varchar as first_day, max(day)::varchar as last_day,
           (select count(*) from gold.listeners) as listeners, sum(plays) as plays
         from gold.daily_totals where plays > 0`,
        {},
      );
      const known = data?.first_day == null ? null : (data as unknown as MartsData);
      const [choice] = await rowsOf(
        connection,
        "select bool_or(tier = 'quality') filter (is_chosen) as quality from gold.recommendation_choice",
        {},
      );
      const everyone = await readEveryoneCounts(connection);
      connection.closeSync();
      return new Marts(published, instance, {
        ...{ data: known, everyone, lookUps },
        showsQualityLists: choice?.quality === true,
      });
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
   * The answer to a question, made from queries where it is not kept: a version never changes, so the same question has
   * the same answer. The version stays open until it is made.
   */
  answer(question: string, make: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
    return this.#answers.get(question, async () => {
      this.#inUse += 1;
      try {
        return await make();
      } finally {
        this.#inUse -= 1;
        this.#closeWhenUnused();
      }
    });
  }

  /** The rows of a table among which are those of a listener or a track, for a `from` clause. */
  rowsOf(table: LookedUpTable, key: string): string {
    return this.#lookUps.rowsOf(table, key);
  }

  /** All plays of a listener, private ones included, in their order; none of a name that nobody bears. */
  async history(user: string): Promise<readonly Play[]> {
    return inOrder(await this.keyed(playRows, user));
  }

  /** All rows that a table has of a listener or a track, in no order. What was read last is kept as text. */
  async keyed<Row>(rows: KeyedRows<Row>, value: string): Promise<Row[]> {
    const question = `${value} ${rows.table} ${rows.columns}`;
    return rowsFrom(rows, await this.#texts.get(question, () => readText(this, rows, value)));
  }

  /**
   * Rows of a query over `gold.*`; parameters are bound by name (`$name`). Whole numbers come as numbers,
   * times as RFC 3339.
   */
  async query<Result>(sql: string, parameters: Record<string, DuckDBValue>): Promise<Result[]> {
    this.#inUse += 1;
    const connection = this.#idle.pop() ?? (await this.#connect());
    try {
      return (await rowsOf(connection, sql, parameters)) as Result[];
    } catch (error) {
      this.#broken ||= /^(FATAL|INTERNAL) Error/.test((error as Error).message);
      throw error;
    } finally {
      this.#idle.push(connection);
      this.#inUse -= 1;
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
    this.#texts.clear();
    this.#closeWhenUnused();
  }

  #closeWhenUnused(): void {
    if (!this.#retired || this.#inUse > 0) return;
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
  return plain(rows) as Row[];
}

/** The same with numbers and texts, in place. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  const parts = value as Record<string, unknown>;
  for (const name in parts) {
    const part = parts[name];
    if (typeof part === 'bigint' || typeof part === 'object') parts[name] = plain(part);
  }
  return value;
}
