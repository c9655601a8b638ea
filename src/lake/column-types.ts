/** The columns of data files beside those of their table: a file of another type must not get into others. */
import type { LakeColumn, LakeType } from '../../contracts/lake-columns.ts';
import { type DuckDBConnection, literal } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';

/** DuckDB's names of the types, as `describe` tells them. */
const duckdbTypes: Readonly<Record<LakeType, string>> = {
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  boolean: 'BOOLEAN',
  long: 'BIGINT',
  integer: 'INTEGER',
};

/**
 * Looks at the columns of Parquet files; those that a file is too old to have are none of its faults.
 * @param paths local path → what the file is called in the lake.
 * @throws TonearmError TNA_LAKE_FILE_CORRUPT
 */
export async function requireColumnTypes(
  connection: DuckDBConnection,
  paths: ReadonlyMap<string, string>,
  columns: readonly LakeColumn[],
): Promise<void> {
  const wanted = new Map(columns.map(({ name, type }) => [name, duckdbTypes[type]]));
  const differing = async (files: readonly string[]) => {
    const reader = await connection.runAndReadAll(
      `describe select * from read_parquet([${files.map(literal).join(', ')}], hive_partitioning = false, union_by_name = true)`,
    );
    return reader
      .getRows()
      .map(([name, type]) => ({ name: String(name), type: String(type) }))
      .find(({ name, type }) => wanted.has(name) && wanted.get(name) !== type);
  };
  if ((await differing([...paths.keys()])) === undefined) return;
  for (const [path, name] of paths) {
    const column = await differing([path]);
    if (column === undefined) continue;
    throw new TonearmError(
      'TNA_LAKE_FILE_CORRUPT',
      `${name} has another type in its column ${column.name}: ${column.type} instead of ${wanted.get(column.name)}.`,
      { remedy: 'Nothing was changed. Put the file back from a copy, then run again.' },
    );
  }
}
