/** The rows of data files beside those that the lake's logs count: a whole file may be another one. */
import { type DuckDBConnection, literal } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import { lakeFileError } from './file-errors.ts';
import type { LakeFile } from './lake-file.ts';

/**
 * Reads the end of each file, where it tells its rows.
 * @throws TonearmError TNA_LAKE_ROWS_DIFFER, TNA_LAKE_FILE_MISSING, TNA_LAKE_FILE_CORRUPT
 */
export async function requireRows(
  connection: DuckDBConnection,
  files: readonly LakeFile[],
): Promise<void> {
  if (files.length === 0) return;
  const list = files.map(({ path }) => literal(path)).join(', ');
  const reader = await connection
    .runAndReadAll(`select file_name, num_rows from parquet_file_metadata([${list}])`)
    .catch((error) => {
      throw lakeFileError(String(error), error) ?? error;
    });
  const found = new Map(reader.getRows().map(([path, rows]) => [String(path), Number(rows)]));
  for (const { path, rows } of files) {
    if (found.get(path) === rows) continue;
    throw new TonearmError(
      'TNA_LAKE_ROWS_DIFFER',
      `${path} holds ${found.get(path)} rows, and the lake's log counts ${rows}.`,
      { remedy: 'Nothing was built. Put the file back from a copy, then run again.' },
    );
  }
}
