/**
 * Which files of a published version hold which table: `<table>.parquet`, `<table>.<part>.parquet` for each part, or
 * `<table>.<part>.<slice>.parquet` for each slice of a part.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identifier, literal } from '../duckdb.ts';

/** The files of a table, and how to read them. */
export interface MartTable {
  /** The oldest part first. */
  readonly paths: readonly string[];
  /** How many of the paths are the oldest part; one when left out. */
  readonly oldest?: number;
  /** Set where later files replace rows of earlier ones: the rows of a key, of which the newest stands. */
  readonly newestBy?: readonly string[];
  /** Set where the rows of a key are added up: the statement that does, with `{rows}` in the place of the files. */
  readonly addedUp?: string;
}

const namePattern = /^([^.]+)(?:\.(\d+))?(?:\.(\d+))?\.parquet$/;

/** The table that a file holds rows of; undefined when it is none of a table. */
export const tableOfFile = (file: string): string | undefined => namePattern.exec(file)?.[1];

/** The files of each table of a version. */
export async function martFiles(directory: string): Promise<Map<string, MartTable>> {
  const { newest_by: newestBy = {}, added_up: addedUp = {} } = await readManifest(directory);
  const found = new Map<string, { path: string; part: number; slice: number }[]>();
  for (const file of (await readdir(directory)).sort()) {
    const [, table, part = 0, slice = 0] = namePattern.exec(file) ?? [];
    if (table === undefined) continue;
    const one = { path: join(directory, file), part: Number(part), slice: Number(slice) };
    found.set(table, [...(found.get(table) ?? []), one]);
  }
  const tableOf = (table: string): MartTable => {
    const files = found
      .get(table)!
      .sort((left, right) => left.part - right.part || left.slice - right.slice);
    const key = newestBy[table];
    const addition = addedUp[table];
    return {
      paths: files.map(({ path }) => path),
      oldest: files.filter(({ part }) => part === files[0]!.part).length,
      ...(key === undefined ? {} : { newestBy: key }),
      ...(addition === undefined ? {} : { addedUp: addition }),
    };
  };
  return new Map([...found.keys()].map((table) => [table, tableOf(table)]));
}

interface Manifest {
  readonly newest_by?: Readonly<Record<string, string[]>>;
  readonly added_up?: Readonly<Record<string, string>>;
}

async function readManifest(directory: string): Promise<Manifest> {
  const text = await readFile(join(directory, 'manifest.json'), 'utf8').catch(() => '{}');
  return JSON.parse(text) as Manifest;
}

/** The statement of a table that is added up, from a source of its rows. */
export const addUp = (statement: string, source: string): string =>
  statement.replace('{rows}', () => source);

const rowsIn = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false)`;

/**
 * The rows of a table, for a `from` clause. Newer rows of the same key are looked for in the later files alone, which
 * are few rows beside the first one. The left join, and not an anti join: DuckDB then looks in both for the one listener
 * that a query asks for.
 */
export function rowsOfFiles({ paths, oldest = 1, newestBy, addedUp }: MartTable): string {
  if (addedUp !== undefined) return `(${addUp(addedUp, rowsIn(paths))})`;
  if (newestBy === undefined || paths.length === oldest) return rowsIn(paths);
  const key = newestBy.map(identifier);
  return `(select given.* from ${rowsIn(paths)} as given
    left join (
      select ${key.join(', ')}, max(built_from_version) as newest_version
      from ${rowsIn(paths.slice(oldest))} group by all
    ) as newer on ${key.map((one) => `given.${one} = newer.${one}`).join(' and ')}
    where newer.newest_version is null or given.built_from_version >= newer.newest_version)`;
}

/** The same, quicker by a third where a query names one value of a column of the key, and slow where it does not. */
export function rowsForLookUps(table: MartTable): string {
  const { paths, newestBy } = table;
  if (newestBy === undefined) return rowsOfFiles(table);
  if (paths.length === 1) return rowsIn(paths);
  return `(from ${rowsIn(paths)} qualify row_number() over (
    partition by ${newestBy.map(identifier).join(', ')} order by built_from_version desc) = 1)`;
}
