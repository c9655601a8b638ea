/** Gold of DuckDB becomes Parquet files; what is the same as in the version before is the same file again. */
import { copyFile, link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { identifier, literal } from '../duckdb.ts';
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
  listener_artists: ['user_id', 'artist_key'],
  listener_tracks: ['user_id', 'track_id'],
  listening_clock: ['user_id', 'weekday', 'hour'],
};

/** Written beside the builds: the number of a build does not tell whether they changed. */
const besideBuilds = new Set(['recommendations', 'recommendation_choice']);

/** By these the models find their rows; readers have no use for them. */
export const keptBack: ReadonlySet<string> = new Set(['pair_key', 'pair_check']);

/** What was exported: rows by table, and the keys by which the newest rows of a table are to be found. */
export interface ExportedGold {
  readonly rows: Readonly<Record<string, number>>;
  readonly newestBy: Readonly<Record<string, readonly string[]>>;
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
    const names = listed.getRows().map(([table]) => String(table));
    for (const name of names.filter((one) => only === undefined || only.includes(one))) {
      const exported = new TableExport(connection, name, directory, earlier);
      const { rows, ...table } = await exported.run(before[name]);
      tables[name] = table;
      rowsOf[name] = rows;
      const key = replacedByKey[name];
      if (key !== undefined && table.parts.length > 1) newestBy[name] = key;
    }
    const written: ExportedMarts = { warehouse: identity, tables };
    await writeFile(join(directory, exportedFile), `${JSON.stringify(written)}\n`);
    return { rows: rowsOf, newestBy };
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
    const described = await this.#ask(`describe ${this.#table}`);
    const columns = described.filter(([name]) => !keptBack.has(name!));
    this.#columns = columns.map(([name]) => identifier(name!)).join(', ');
    const views = await this.#ask(
      `select sql from duckdb_views() where schema_name = 'gold' and view_name = ${literal(this.#name)}`,
    );
    const shape = [...columns.map((row) => row.slice(0, 2).join(' ')), ...views.flat()].join(', ');
    const before = known?.shape === shape ? known : undefined;
    const isVersioned =
      columns.some(([name]) => name === 'built_from_version') && !besideBuilds.has(this.#name);
    const isCut = inParts.has(this.#name) || this.#name in replacedByKey;
    return isVersioned && isCut
      ? { shape, content: '', ...(await this.#parts(before?.parts ?? [])) }
      : { shape, ...(await this.#whole(before, isVersioned)) };
  }

  async #parts(before: readonly MartPart[]): Promise<{ parts: MartPart[]; rows: number }> {
    const counted = await this.#ask(
      `select coalesce(built_from_version, 0), count(*) from ${this.#table} group by all`,
    );
    const counts = new Map(
      counted.map(([version, rows]): [number, number] => [Number(version), Number(rows)]),
    );
    const planned = inParts.has(this.#name)
      ? planParts(before, counts)
      : (await this.#mayHaveLostKeys(before))
        ? planParts([], counts)
        : planParts(before, counts, isMostlyValid);
    if (planned.length === 0) planned.push({ from: 0, to: 0, rows: 0 });
    const parts: MartPart[] = [];
    for (const { from, to, rows, kept } of planned) {
      const file = planned.length === 1 ? `${this.#name}.parquet` : `${this.#name}.${to}.parquet`;
      const oldest = from === 0 ? ' or built_from_version is null' : '';
      const condition = `built_from_version between ${from} and ${to}${oldest}`;
      const taken = kept && (await this.#take(kept, file));
      parts.push(taken ?? { file, to, ...(await this.#write(file, rows, condition)) });
    }
    return { parts, rows: planned.reduce((sum, { rows }) => sum + rows, 0) };
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
      ...(await this.#write(file, Number(found![0]), 'true')),
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
    condition: string,
  ): Promise<{ rows: number; slices?: number }> {
    const source = `select ${this.#columns} from ${this.#table} where ${condition}`;
    return await writeRows(this.#connection, source, {
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
