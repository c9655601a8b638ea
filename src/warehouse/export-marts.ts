/** Gold of DuckDB becomes Parquet files; what is the same as in the version before is the same file again. */
import { copyFile, link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { identifier, literal } from '../duckdb.ts';
import { addUp } from './mart-files.ts';
import { filesOf, isMostlyValid, type MartPart, planParts } from './mart-parts.ts';
import { writeRows } from './write-mart.ts';

/** What a version was made from: the next one compares with it. */
interface ExportedMarts {
  /** The file of the warehouse: builds of another one have the same numbers. */
  readonly warehouse: string;
  readonly tables: Readonly<Record<string, ExportedTable>>;
}

interface ExportedTable {
  /** Columns with their types, and the text of a view. */
  readonly shape: string;
  /** Of all rows; empty where the parts tell. */
  readonly content: string;
  readonly parts: readonly MartPart[];
}

const exportedFile = 'parts.json';

/** Tables that grow with plays and of which a build writes only what changed: in each, a row that changes is of the newest build. */
const inParts = new Set([
  'artist_popularity',
  'daily_breakdown',
  'daily_listening_stats',
  'listener_plays',
  'session_lengths',
]);

/**
 * Totals by listener, of which each build writes some rows anew all over: key of each. Their new rows are a file beside the
 * earlier ones, which keep what they replace.
 */
const replacedByKey: Readonly<Record<string, readonly string[]>> = {
  listening_clock: ['user_id', 'weekday', 'hour'],
};

/**
 * Views that add up what each build counted, and the table of silver that holds it. Files beside the first one have rows of
 * that table, and readers add them up by the statement of the view.
 */
const addedUpFrom: Readonly<Record<string, string>> = {
  listener_artists: 'listener_artist_counts',
  listener_tracks: 'listener_track_counts',
};

/** Written beside the builds: the number of a build does not tell whether they changed. */
const besideBuilds = new Set(['recommendations', 'recommendation_choice']);

/** What was exported, and how tables are read whose files hold a key more than once. */
export interface ExportedGold {
  /** Rows by table; where files are added up, those in the files. */
  readonly rows: Readonly<Record<string, number>>;
  /** Key of each table of which the newest row of a key stands. */
  readonly newestBy: Readonly<Record<string, readonly string[]>>;
  /** Statement by which each table is read of the rows in its files, which it calls `{rows}`. */
  readonly addedUp: Readonly<Record<string, string>>;
}

/**
 * Writes every table of gold into a folder.
 * @param options memory: what DuckDB may hold, such as `3GB`; earlier: folder of the version before, from which what has not
 *   changed is linked; only: names of tables, all of gold when left out
 */
export async function exportTables(
  warehouse: string,
  directory: string,
  { memory, earlier, only }: { memory: string; earlier?: string; only?: readonly string[] },
): Promise<ExportedGold> {
  const file = await stat(warehouse);
  const identity = `${file.ino}-${Math.round(file.birthtimeMs)}`;
  const known = earlier === undefined ? undefined : await readExported(earlier);
  const before = known?.warehouse === identity ? known.tables : {};
  const instance = await DuckDBInstance.create(warehouse, {
    access_mode: 'READ_ONLY',
    memory_limit: memory,
  });
  const connection = await instance.connect();
  try {
    const listed = await connection.runAndReadAll(
      "select table_name from information_schema.tables where table_schema = 'gold' order by all",
    );
    const tables: Record<string, ExportedTable> = {};
    const rowsOf: Record<string, number> = {};
    const newestBy: Record<string, readonly string[]> = {};
    const addedUp: Record<string, string> = {};
    const names = listed.getRows().map(([table]) => String(table));
    for (const name of names.filter((one) => only === undefined || only.includes(one))) {
      const exported = new TableExport(connection, name, directory, earlier);
      const { rows, ...table } = await exported.run(before[name]);
      tables[name] = table;
      rowsOf[name] = rows;
      if (table.parts.length === 1) continue;
      const key = replacedByKey[name];
      if (key !== undefined) newestBy[name] = key;
      if (exported.addedUp !== undefined) addedUp[name] = exported.addedUp;
    }
    const written: ExportedMarts = { warehouse: identity, tables };
    await writeFile(join(directory, exportedFile), `${JSON.stringify(written)}\n`);
    return { rows: rowsOf, newestBy, addedUp };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

class TableExport {
  readonly #connection: DuckDBConnection;
  readonly #name: string;
  readonly #table: string;
  readonly #directory: string;
  readonly #earlier: string | undefined;
  #columns = '*';
  /** The statement of a view that adds up a table of silver, which it calls `{rows}`. */
  addedUp: string | undefined;

  constructor(
    connection: DuckDBConnection,
    name: string,
    directory: string,
    earlier: string | undefined,
  ) {
    this.#connection = connection;
    this.#name = name;
    this.#table = `gold.${identifier(name)}`;
    this.#directory = directory;
    this.#earlier = earlier;
  }

  async run(known: ExportedTable | undefined): Promise<ExportedTable & { rows: number }> {
    const columns = await this.#ask(`describe ${this.#table}`);
    this.#columns = columns.map(([name]) => identifier(name!)).join(', ');
    const views = await this.#ask(
      `select sql from duckdb_views() where schema_name = 'gold' and view_name = ${literal(this.#name)}`,
    );
    const [view] = views.flat();
    this.addedUp = view === undefined ? undefined : this.#additionOf(view);
    const shape = [...columns.map((row) => row.slice(0, 2).join(' ')), view ?? []]
      .flat()
      .join(', ');
    const before = known?.shape === shape ? known : undefined;
    const isVersioned =
      columns.some(([name]) => name === 'built_from_version') && !besideBuilds.has(this.#name);
    const isCut =
      inParts.has(this.#name) || this.#name in replacedByKey || this.addedUp !== undefined;
    return isVersioned && isCut
      ? { shape, content: '', ...(await this.#parts(before?.parts ?? [])) }
      : { shape, ...(await this.#whole(before, isVersioned)) };
  }

  /** @returns the statement of a view without the table that it adds up. */
  #additionOf(view: string): string | undefined {
    const from = addedUpFrom[this.#name];
    if (from === undefined) return undefined;
    const statement = view.replace(/^create view .*? as (?=select )/is, '').replace(/;\s*$/, '');
    const database = String.raw`(?:(?:\w+|"(?:[^"]|"")+")\.)?`;
    const [before, after, more] = statement.split(
      new RegExp(String.raw`\bfrom ${database}silver\.${from}\b`, 'i'),
    );
    if (after === undefined || more !== undefined) {
      throw new Error(`the view ${this.#name} is not one select from silver.${from}`);
    }
    return `${before}from {rows}${after}`;
  }

  async #parts(before: readonly MartPart[]): Promise<{ parts: MartPart[]; rows: number }> {
    const table = this.addedUp === undefined ? this.#table : `silver.${addedUpFrom[this.#name]}`;
    const counted = await this.#ask(
      `select coalesce(built_from_version, 0), count(*) from ${table} group by all`,
    );
    const counts = new Map(
      counted.map(([version, rows]): [number, number] => [Number(version), Number(rows)]),
    );
    const planned = !(this.#name in replacedByKey)
      ? planParts(before, counts)
      : (await this.#mayHaveLostKeys(before))
        ? planParts([], counts)
        : planParts(before, counts, isMostlyValid);
    if (planned.length === 0) planned.push({ from: 0, to: 0, rows: 0 });
    const parts: MartPart[] = [];
    for (const { from, to, rows, kept } of planned) {
      const file = planned.length === 1 ? `${this.#name}.parquet` : `${this.#name}.${to}.parquet`;
      // Where rows are added up, the first part is; a later one that has become the first is written anew.
      const fits = this.addedUp === undefined || from > 0 || kept?.rowsInFiles !== undefined;
      const taken = kept && fits && (await this.#take(kept, file));
      if (taken) {
        parts.push(taken);
        continue;
      }
      const oldest = from === 0 ? ' or built_from_version is null' : '';
      const chosen = `(from ${table} where built_from_version between ${from} and ${to}${oldest})`;
      if (this.addedUp === undefined || from > 0) {
        parts.push({ file, to, ...(await this.#write(file, rows, chosen)) });
        continue;
      }
      // Only the oldest rows: a later one may be a like, whose track was played in an earlier one.
      const source = `(${addUp(this.addedUp, chosen)})`;
      const { rows: rowsInFiles, ...written } = await this.#write(file, rows, source);
      parts.push({ file, to, ...written, rows, rowsInFiles });
    }
    // Of files in which later rows replace earlier ones the table is fewer rows than they hold.
    const found =
      this.addedUp === undefined
        ? planned
        : parts.map(({ rows, rowsInFiles = rows }) => ({ rows: rowsInFiles }));
    return { parts, rows: found.reduce((sum, { rows }) => sum + rows, 0) };
  }

  /**
   * Rows of a key that is gone would stay in the earlier files: no later row takes their place. A listener's plays are
   * counted anew, and keys may go, only when plays that silver held before were written again.
   */
  async #mayHaveLostKeys(before: readonly MartPart[]): Promise<boolean> {
    const newest = before.at(-1)?.to;
    if (newest === undefined) return true;
    const [found] = await this.#ask(
      `select count(*) from silver.plays where _rewritten and _silver_version > ${newest}`,
    ).catch(() => [['unknown']]);
    return found?.[0] !== '0';
  }

  async #whole(
    before: ExportedTable | undefined,
    isVersioned: boolean,
  ): Promise<Pick<ExportedTable, 'content' | 'parts'> & { rows: number }> {
    const file = `${this.#name}.parquet`;
    const measure = isVersioned
      ? 'max(built_from_version), sum(built_from_version)'
      : 'sum(hash(given))';
    const [found] = await this.#ask(`select count(*), ${measure} from ${this.#table} as given`);
    const content = found!.join('/');
    const [kept] = before?.content === content ? before.parts : [];
    const part = (kept && (await this.#take(kept, file))) ?? {
      ...{ file, to: 0 },
      ...(await this.#write(file, Number(found![0]), this.#table)),
    };
    return { content, parts: [part], rows: part.rows };
  }

  /** @returns the part as it is now; undefined when a file of it is gone. */
  async #take(part: MartPart, file: string): Promise<MartPart | undefined> {
    const taken = { ...part, file };
    const names = filesOf(taken);
    for (const [place, name] of filesOf(part).entries()) {
      const from = join(this.#earlier!, name);
      const to = join(this.#directory, names[place]!);
      try {
        // Not every file system links; a copy is still cheaper than an export.
        await link(from, to).catch(() => copyFile(from, to));
      } catch {
        for (const done of names) await rm(join(this.#directory, done), { force: true });
        return undefined;
      }
    }
    return taken;
  }

  async #write(
    file: string,
    rows: number,
    source: string,
  ): Promise<{ rows: number; slices?: number }> {
    return await writeRows(this.#connection, `select ${this.#columns} from ${source}`, {
      ...{ table: this.#name, rows, file, directory: this.#directory },
    });
  }

  async #ask(sql: string): Promise<string[][]> {
    const read = await this.#connection.runAndReadAll(sql);
    return read.getRows().map((row) => row.map(String));
  }
}

async function readExported(directory: string): Promise<ExportedMarts | undefined> {
  const text = await readFile(join(directory, exportedFile), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ExportedMarts);
}

/** After files were changed by hand: the next version takes nothing over from this one. */
export async function forgetParts(directory: string): Promise<void> {
  await rm(join(directory, exportedFile), { force: true });
}
