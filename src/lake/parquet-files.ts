import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { LakeColumn } from '../../contracts/lake-columns.ts';
import { type DuckDBConnection, identifier, literal } from '../duckdb.ts';
import type { AddAction } from './delta-actions.ts';
import { rowsTag } from './delta-actions.ts';

/** A Parquet file in the staging folder, ready to be moved into the store. */
export interface StagedFile {
  readonly localPath: string;
  /** Path inside the table: `year=2025/month=11/day=08/hour=09/part-….parquet`. */
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  /** Smallest and largest value, and number of nulls, by column. */
  readonly statistics: Record<string, { min?: string; max?: string; nulls?: string }>;
}

const parquet = 'format parquet, compression zstd, compression_level 1, return_stats true';

/** Folder of an hour, given as hours since the epoch. */
export function hourFolder(hour: number): string {
  const time = new Date(hour * 3_600_000).toISOString();
  return `year=${time.slice(0, 4)}/month=${time.slice(5, 7)}/day=${time.slice(8, 10)}/hour=${time.slice(11, 13)}`;
}

/**
 * Writes the rows of a query as Parquet files, one an hour of receipt.
 * @param query rows with a column `_received_at` (or the one named).
 * @param hours first and last hour of the rows: when they are the same, partitioning is skipped.
 */
export async function stageByHour(
  connection: DuckDBConnection,
  query: string,
  staging: string,
  hours: { first: number; last: number },
  receivedAt = '_received_at',
): Promise<StagedFile[]> {
  const name = `part-${randomUUID()}`;
  if (hours.first === hours.last) {
    return await stageFile(
      connection,
      query,
      staging,
      `${hourFolder(hours.first)}/${name}.parquet`,
    );
  }
  const folder = join(staging, name);
  await mkdir(folder, { recursive: true });
  // The folders' names are made once an hour and joined: formatting each row's time costs more.
  const reader = await connection.runAndReadAll(
    `copy (
       select rows.*, hours.* exclude (h)
       from (${query}) as rows
       join (
         select h, strftime(t, '%Y') as year, strftime(t, '%m') as month,
           strftime(t, '%d') as day, strftime(t, '%H') as hour
         from (
           select h, make_timestamp(h * 3600000000) as t
           from range(${hours.first}, ${hours.last + 1}) as hour_range(h)
         )
       ) as hours on epoch_ms(rows.${identifier(receivedAt)}) // 3600000 = hours.h
     ) to ${literal(folder)} (${parquet}, partition_by (year, month, day, hour), filename_pattern '${name}-{i}')`,
  );
  return reader.getRowObjectsJson().map((row) => stagedFile(row, folder));
}

/** Writes the rows of a query as one Parquet file of a given path inside the table; none when there are no rows. */
export async function stageFile(
  connection: DuckDBConnection,
  query: string,
  staging: string,
  path: string,
): Promise<StagedFile[]> {
  const localPath = join(staging, `${randomUUID()}.parquet`);
  await mkdir(staging, { recursive: true });
  const copy = `copy (${query}) to ${literal(localPath)} (${parquet})`;
  const reader = await connection.runAndReadAll(copy).catch(async (error: unknown) => {
    await rm(localPath, { force: true });
    throw error;
  });
  const files = reader
    .getRowObjectsJson()
    .map((row) => ({ ...stagedFile(row, staging), localPath, path }));
  const written = files.filter((file) => file.rows > 0);
  if (written.length === 0) await rm(localPath, { force: true });
  return written;
}

function stagedFile(row: Record<string, unknown>, folder: string): StagedFile {
  const localPath = String(row.filename);
  const statistics: StagedFile['statistics'] = {};
  for (const { key, value } of mapEntries(row.column_statistics)) {
    const entries = Object.fromEntries(mapEntries(value).map((item) => [item.key, item.value]));
    statistics[key.replace(/^"|"$/g, '')] = {
      min: entries.min as string | undefined,
      max: entries.max as string | undefined,
      nulls: entries.null_count as string | undefined,
    };
  }
  return {
    localPath,
    path: relative(folder, localPath).split(sep).join('/'),
    bytes: Number(row.file_size_bytes),
    rows: Number(row.count),
    statistics,
  };
}

function mapEntries(value: unknown): { key: string; value: unknown }[] {
  return Array.isArray(value) ? (value as { key: string; value: unknown }[]) : [];
}

/** Partition values of a path, as Delta writes integers: without leading zeros. */
export function partitionValues(path: string): Record<string, string> {
  return Object.fromEntries(
    path
      .split('/')
      .slice(0, -1)
      .map((folder) => folder.split('='))
      .map(([name, value]) => [name!, String(Number(value))]),
  );
}

const statisticsColumns = new Set(['timestamp', '_offset', '_received_at', 'received_at']);

/** The `add` action of a staged file. */
export function addAction(
  file: StagedFile,
  columns: readonly LakeColumn[],
  modificationTime: number,
  dataChange: boolean,
): AddAction {
  const minValues: Record<string, unknown> = {};
  const maxValues: Record<string, unknown> = {};
  for (const column of columns) {
    const found = file.statistics[column.name];
    if (!statisticsColumns.has(column.name) || found?.min === undefined) continue;
    minValues[column.name] = statisticsValue(column, found.min, 'min');
    maxValues[column.name] = statisticsValue(column, found.max!, 'max');
  }
  return {
    path: file.path,
    partitionValues: partitionValues(file.path),
    size: file.bytes,
    modificationTime,
    dataChange,
    stats: JSON.stringify({ numRecords: file.rows, minValues, maxValues }),
    tags: { [rowsTag]: String(file.rows) },
  };
}

/** Delta keeps timestamps in statistics at millisecond precision: round outwards. */
function statisticsValue(column: LakeColumn, text: string, side: 'min' | 'max'): unknown {
  if (column.type !== 'timestamp') return Number(text);
  const time = Date.parse(text.replace(' ', 'T').replace(/\+00(:00)?$/, 'Z'));
  const hasMicros = /\.\d{4,}/.test(text);
  return new Date(time + (side === 'max' && hasMicros ? 1 : 0)).toISOString();
}
