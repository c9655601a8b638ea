import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../duckdb.ts';
import { type MartTable, rowsForLookUps } from '../warehouse/index.ts';
import { compareBytes } from './listener-history.ts';

/** A file, and the first and the last key in it; undefined where its statistics do not tell. */
interface KeyedFile {
  readonly path: string;
  readonly first?: string;
  readonly last?: string;
}

/**
 * Which files of a table may hold the rows of a key. Large tables are many files in the order of their keys: to open the
 * one that matters, and not to look through the statistics of all, is most of a look-up's time.
 */
export class LookUps {
  readonly #tables: ReadonlyMap<string, { table: MartTable; files: readonly KeyedFile[] }>;

  private constructor(tables: ReadonlyMap<string, { table: MartTable; files: KeyedFile[] }>) {
    this.#tables = tables;
  }

  /** @param keys the column by which each table is asked */
  static async read(
    connection: DuckDBConnection,
    tables: ReadonlyMap<string, MartTable>,
    keys: Readonly<Record<string, string>>,
  ): Promise<LookUps> {
    const read = new Map<string, { table: MartTable; files: KeyedFile[] }>();
    for (const [name, key] of Object.entries(keys)) {
      const table = tables.get(name);
      if (table === undefined) continue;
      const ends = await connection.runAndReadAll(
        `select file_name, min(stats_min_value), max(stats_max_value)
         from parquet_metadata([${table.paths.map(literal).join(', ')}])
         where path_in_schema = '${key}' group by file_name
         having count(*) = count(stats_min_value) and count(*) = count(stats_max_value)`,
      );
      const known = new Map(
        (ends.getRows() as [string, string, string][]).map(([path, first, last]) => [
          path,
          { first, last },
        ]),
      );
      const files = table.paths.map((path) => ({ path, ...known.get(path) }));
      read.set(name, { table, files });
    }
    return new LookUps(read);
  }

  /** The rows of the files of a table that may hold a key, for a `from` clause; other keys have rows there too. */
  rowsOf(name: string, key: string): string {
    const found = this.#tables.get(name);
    // An empty table in the place of one that a version lacks.
    if (found === undefined) return `gold.${name}`;
    const { table, files } = found;
    const paths = files
      .filter(
        ({ first, last }) =>
          first === undefined ||
          last === undefined ||
          (compareBytes(first, key) <= 0 && compareBytes(last, key) >= 0),
      )
      .map(({ path }) => path);
    return rowsForLookUps({
      ...table,
      paths: paths.length === 0 ? table.paths.slice(0, 1) : paths,
    });
  }
}
