/** Which files of a published version hold which table: `<table>.parquet`, or `<table>.<part>.parquet` for each part. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { literal } from '../duckdb.ts';

/** The table that a file holds rows of; undefined when it is none of a table. */
export const tableOfFile = (file: string): string | undefined =>
  /^([^.]+)(\.\d+)?\.parquet$/.exec(file)?.[1];

/** Paths of the files of each table, in the order of their names. */
export async function martFiles(directory: string): Promise<Map<string, string[]>> {
  const files = new Map<string, string[]>();
  for (const file of (await readdir(directory)).sort()) {
    const table = tableOfFile(file);
    if (table === undefined) continue;
    files.set(table, [...(files.get(table) ?? []), join(directory, file)]);
  }
  return files;
}

/** The rows of all files of a table, for a `from` clause. */
export const rowsOfFiles = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false)`;
