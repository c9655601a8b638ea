/** Looks for an id in every byte that is kept: raw, and as what compressed and packed files hold. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, opendir, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { type LakeTableName, lakeTableNames } from '../../contracts/lake-tables.ts';
import type { Config } from '../config.ts';
import { type DuckDBConnection, identifier, literal, openDuckDb } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import { isHalfWritten } from '../lake/file-errors.ts';
import type { Lake } from '../lake/index.ts';
import type { EventLog } from '../log/port.ts';
import { rowCondition } from './erase-marts.ts';
import type { IdSearch } from './id-search.ts';
import { ruleFor } from './rules.ts';
import { searchSnowflake } from './snowflake.ts';

/** What a store was found to hold of an id. */
export interface StoreSearch {
  /** Such as `log`, `lake`, `marts`, or a folder of the data directory. */
  readonly store: string;
  readonly files: number;
  readonly bytes: number;
  /** Records and rows that were read as what they are, since packed bytes hide what they hold. */
  readonly rows: number;
  /** Places that are the id. */
  readonly hits: number;
  /** Places in raw bytes that are a part of a longer word. */
  readonly within: number;
  /** Parquet files that only half exist: of them nobody knows more than the raw bytes. */
  readonly unreadable: number;
  /** Files with hits, and those that can't be read. */
  readonly where: readonly string[];
}

interface Tally {
  files: number;
  bytes: number;
  rows: number;
  hits: number;
  within: number;
  unreadable: number;
  where: string[];
}

const fetchBytes = 4 * 1024 * 1024;

export interface SearchedParts {
  readonly config: Config;
  readonly log: EventLog;
  readonly lake: Lake;
}

/** Searches everything: the log, the lake, every file below the data directory, and Snowflake's tables. */
export async function searchStores(
  { config, log, lake }: SearchedParts,
  search: IdSearch,
): Promise<StoreSearch[]> {
  const tallies = new Map<string, Tally>();
  const tally = (store: string): Tally => {
    const known = tallies.get(store) ?? emptyTally();
    tallies.set(store, known);
    return known;
  };
  await searchLog(log, search, tally('log'));
  await lake.refresh();
  const scratch = await mkdtemp(join(config.stagingDirectory, `search-${process.pid}-`));
  const database = await openDuckDb({ threads: '2' });
  try {
    await searchLake(lake, search, tally('lake'), database.connection, scratch);
    const roots = [config.dataDirectory];
    if (config.log.kind === 'file') roots.push(config.log.directory);
    roots.push(config.warehouse.path);
    const lakeRoot = config.lake.kind === 'file' ? config.lake.directory : undefined;
    for (const path of await filesBelow(roots)) {
      if (path.startsWith(scratch) || isBelow(path, lakeRoot)) continue;
      const into = tally(storeOf(config, path));
      await searchFile(database.connection, path, search, into);
    }
  } finally {
    database.close();
    await rm(scratch, { recursive: true, force: true });
  }
  const searched = [...tallies].map(([store, found]) => ({ store, ...found }));
  return config.warehouse.kind === 'snowflake'
    ? [...searched, await searchSnowflake(config.warehouse, search)]
    : searched;
}

const emptyTally = (): Tally => ({
  files: 0,
  bytes: 0,
  rows: 0,
  hits: 0,
  within: 0,
  unreadable: 0,
  where: [],
});

const isBelow = (path: string, folder: string | undefined): boolean =>
  folder !== undefined && (path === folder || path.startsWith(`${folder}${sep}`));

function storeOf(config: Config, path: string): string {
  if (config.log.kind === 'file' && isBelow(path, config.log.directory)) return 'log';
  if (path.startsWith(config.warehouse.path)) return 'warehouse';
  return relative(config.dataDirectory, path).split(sep)[0]!;
}

/** Every record that can be read, key and value. */
async function searchLog(log: EventLog, search: IdSearch, tally: Tally): Promise<void> {
  for (const { topic, partition, earliest, latest } of await log.offsets()) {
    for (let offset = earliest; offset < latest; ) {
      const batch = await log.fetch(topic, partition, offset, fetchBytes);
      if (batch === undefined) break;
      for (let index = 0; index < batch.count; index += 1) {
        tally.rows += 1;
        if (!search.isInRecord(batch.key(index), batch.value(index))) continue;
        note(tally, `${topic}/${partition}`, 1);
      }
      offset = batch.nextOffset;
    }
  }
}

/** Files of a table that are read in one statement: an hour has one, and years have many hours. */
const filesAtOnce = 200;

/** Every object of the lake's store, live or not: its raw bytes, and the rows of Parquet files. */
async function searchLake(
  lake: Lake,
  search: IdSearch,
  tally: Tally,
  connection: DuckDBConnection,
  scratch: string,
): Promise<void> {
  const keysOf = new Map<LakeTableName | undefined, string[]>();
  for await (const { key, bytes } of lake.store.list('')) {
    tally.files += 1;
    tally.bytes += bytes;
    const table = lakeTableNames.find((name) => key.startsWith(`${name}/year=`));
    const keys = keysOf.get(table) ?? [];
    keysOf.set(table, keys);
    keys.push(key);
  }
  for (const [table, keys] of keysOf) {
    for (let start = 0; start < keys.length; start += filesAtOnce) {
      const copies = await mkdtemp(join(scratch, 'objects-'));
      const paths = new Map<string, string>();
      for (const [index, key] of keys.slice(start, start + filesAtOnce).entries()) {
        const folder = join(copies, String(index));
        await mkdir(folder);
        const path = await lake.store.localCopy(key, folder);
        if (path === undefined) continue;
        const raw = await searchRaw(path, search);
        tally.within += raw.within;
        note(tally, key, raw.hits);
        if (table !== undefined && key.endsWith('.parquet')) paths.set(path, key);
      }
      const rule = table && ruleFor(table, search).condition;
      await searchParquet(connection, paths, search, tally, rule);
      await rm(copies, { recursive: true, force: true });
    }
  }
}

async function searchFile(
  connection: DuckDBConnection,
  path: string,
  search: IdSearch,
  tally: Tally,
): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) return;
  tally.files += 1;
  tally.bytes += found.size;
  const raw = await searchRaw(path, search);
  let rows = 0;
  if (path.endsWith('.parquet')) {
    await searchParquet(connection, new Map([[path, path]]), search, tally);
  }
  if (path.endsWith('.duckdb')) rows = await searchDuckDb(path, search, tally);
  tally.within += raw.within;
  note(tally, path, Math.max(rows, raw.hits));
}

function note(tally: Tally, where: string, hits: number): void {
  if (hits === 0) return;
  tally.hits += hits;
  name(tally, where);
}

function name(tally: Tally, where: string): void {
  if (tally.where.length < 20 && !tally.where.includes(where)) tally.where.push(where);
}

/** The bytes of a file as they lie on the disk. */
export async function searchRaw(
  path: string,
  search: IdSearch,
): Promise<{ hits: number; within: number }> {
  const sum = { hits: 0, within: 0 };
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of bytesOf(path)) {
      const bytes = Buffer.concat([rest, chunk as Buffer]);
      const { hits, within } = search.count(bytes, rest.length);
      sum.hits += hits;
      sum.within += within;
      rest = bytes.subarray(Math.max(0, bytes.length - search.longestPattern));
    }
  } catch (error) {
    // It was removed while it was being listed: a spool, a lock.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return sum;
}

const sqliteFile = /\.sqlite(-wal|-shm|-journal)?$/;

/**
 * The bytes of a file. SQLite's are read by a process of their own: a process that closes any handle of a file gives
 * up every lock that it holds on it (POSIX), those of its open databases too.
 */
async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  if (!sqliteFile.test(path)) {
    // Most files are small, and a buffer is made for each read.
    const { size } = await stat(path);
    yield* createReadStream(path, { highWaterMark: Math.min(size + 1, 1 << 20) });
    return;
  }
  const child = spawn('cat', ['--', path], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close').then(
    ([code]) => code === 0,
    () => false,
  );
  yield* child.stdout;
  if (!(await ended) && existsSync(path)) throw new Error(`${path} cannot be read`);
}

/**
 * Rows in which a column is the id or names it.
 * @param paths files of one form, each with the name that is told of it.
 */
async function searchParquet(
  connection: DuckDBConnection,
  paths: ReadonlyMap<string, string>,
  search: IdSearch,
  tally: Tally,
  rule?: string,
): Promise<void> {
  if (paths.size === 0) return;
  const list = [...paths.keys()].map(literal).join(', ');
  const options = 'hive_partitioning = false, union_by_name = true';
  try {
    const own = await rowCondition(connection, `read_parquet([${list}], ${options})`, search);
    const conditions = [own, rule].filter((one) => one !== undefined);
    if (conditions.length === 0) return;
    const reader = await connection.runAndReadAll(
      `select filename, count(*)::integer, count(*) filter (${conditions.join(' or ')})::integer
       from read_parquet([${list}], filename = true, ${options}) group by filename`,
    );
    for (const [path, rows, hits] of reader.getRows()) {
      tally.rows += Number(rows);
      note(tally, paths.get(String(path)) ?? String(path), Number(hits));
    }
  } catch (error) {
    // One was replaced meanwhile, or is being written: the others are looked at one by one.
    const left = [...paths].filter(([path]) => existsSync(path));
    const halfWritten = isHalfWritten(error);
    if (left.length === paths.size && !halfWritten) throw error;
    if (left.length === 1 && halfWritten) {
      tally.unreadable += 1;
      name(tally, left[0]![1]);
      return;
    }
    for (const one of left) await searchParquet(connection, new Map([one]), search, tally, rule);
  }
}

/** Rows of every table of a DuckDB file. */
async function searchDuckDb(path: string, search: IdSearch, tally: Tally): Promise<number> {
  const instance = await openWhenFree(path);
  if (instance === undefined) return 0;
  const connection = await instance.connect();
  let hits = 0;
  try {
    const tables = await connection.runAndReadAll(
      'select schema_name, table_name from duckdb_tables() where not internal',
    );
    for (const [schema, table] of tables.getRows()) {
      const source = `${identifier(String(schema))}.${identifier(String(table))}`;
      const condition = await rowCondition(connection, source, search);
      if (condition === undefined) continue;
      const reader = await connection.runAndReadAll(
        `select count(*)::integer, count(*) filter (${condition})::integer from ${source}`,
      );
      const [rows, found] = reader.getRows()[0]!.map(Number) as [number, number];
      tally.rows += rows;
      hits += found;
    }
    return hits;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const lockedAtMostMs = 60_000;
const lookAgainMs = 500;

/**
 * A DuckDB file, once no other process writes to it; undefined when it has gone meanwhile.
 * @throws TonearmError TNA_WAREHOUSE_LOCKED after a minute
 */
async function openWhenFree(path: string): Promise<DuckDBInstance | undefined> {
  const until = performance.now() + lockedAtMostMs;
  for (;;) {
    try {
      return await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    } catch (error) {
      if (!existsSync(path)) return undefined;
      if (!/lock/i.test(String(error))) throw error;
      if (performance.now() > until) {
        throw new TonearmError('TNA_WAREHOUSE_LOCKED', `${path} is in use by another process.`, {
          cause: error,
          remedy: 'Close the other program that has the warehouse open, then run again.',
        });
      }
    }
    await delay(lookAgainMs);
  }
}

/** All files below some folders, each once. A path that is a file is itself. */
export async function filesBelow(roots: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const root of roots) {
    const stats = await stat(root).catch(() => undefined);
    if (stats?.isFile()) {
      for (const path of [root, `${root}.wal`]) if (existsSync(path)) found.add(path);
    }
    if (!stats?.isDirectory()) continue;
    const entries = await opendir(root, { recursive: true });
    for await (const entry of entries) {
      // Locks hold no names but those of processes, and are lost when they are read: see `bytesOf`.
      if (!entry.isFile() || entry.name.endsWith('.lock')) continue;
      found.add(join(entry.parentPath, entry.name));
    }
  }
  return [...found].sort();
}
