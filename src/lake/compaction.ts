import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, identifier, literal, openDuckDb } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import { requireColumnTypes } from './column-types.ts';
import { type AddAction, rowsTag } from './delta-actions.ts';
import { type StagedFile, stageFile } from './parquet-files.ts';
import { clearStaging, stagingPath } from './staging.ts';
import type { LakeTable } from './table.ts';
import { rowsOf, type TableState } from './table-state.ts';

/** An hour is closed this long after its end: late flushes have landed by then. */
export const closingMs = 5 * 60_000;

export interface CompactionResult {
  /** Hours whose parts became one file. */
  readonly hours: number;
  readonly filesBefore: number;
  readonly filesAfter: number;
  readonly rows: number;
}

/**
 * Rewrites the parts of every closed hour to one sorted file, hour by hour. The commit
 * says `dataChange: false`, so whoever follows the table's changes sees none.
 */
export async function compactTable(
  table: LakeTable,
  options: { signal?: AbortSignal } = {},
): Promise<CompactionResult> {
  const state = await table.log.refresh();
  const result = { hours: 0, filesBefore: 0, filesAfter: 0, rows: 0 };
  const folders = closedFolders(state, table.clock());
  if (folders.size === 0) return result;
  await clearStaging(table.stagingDirectory);
  const staging = stagingPath(table.stagingDirectory, 'compaction');
  await mkdir(staging, { recursive: true });
  const database = await openDuckDb({ threads: '2' });
  try {
    for (const [folder, parts] of folders) {
      if (options.signal?.aborted) break;
      const path = compactedPath(table.log.state, folder);
      const staged = await rewrite(table, parts, database.connection, staging, path);
      const expected = parts.reduce((sum, part) => sum + rowsOf(part), 0);
      const written = staged.reduce((sum, file) => sum + file.rows, 0);
      if (written !== expected) {
        throw new TonearmError(
          'TNA_LAKE_ROWS_DIFFER',
          `Compaction of ${table.name}/${folder} read ${written} rows where the log counts ${expected}.`,
          { remedy: 'Nothing was changed. Check the files of that hour with ./tonearm doctor.' },
        );
      }
      const adds = await table.upload(staged, false);
      if (!(await replaceParts(table, parts, adds))) continue;
      result.hours += 1;
      result.filesBefore += parts.length;
      result.filesAfter += adds.length;
      result.rows += written;
    }
  } finally {
    database.close();
    await rm(staging, { recursive: true, force: true });
  }
  return result;
}

/** `data.parquet`, or a name of its own where the table still knows that one from an earlier compaction. */
function compactedPath(state: TableState, folder: string): string {
  const path = `${folder}/data.parquet`;
  const isKnown = state.files.has(path) || state.tombstones.has(path);
  return isKnown ? `${folder}/data-${randomUUID()}.parquet` : path;
}

/** Writes the rows of an hour's parts as one file into the staging folder. */
async function rewrite(
  table: LakeTable,
  parts: readonly AddAction[],
  connection: DuckDBConnection,
  staging: string,
  path: string,
): Promise<StagedFile[]> {
  const copies = await mkdtemp(join(staging, 'parts-'));
  try {
    const paths = new Map<string, string>();
    for (const part of parts) {
      const key = table.key(part.path);
      const copy = await table.store.localCopy(key, copies);
      if (copy === undefined) {
        throw new TonearmError(
          'TNA_LAKE_FILE_MISSING',
          `${table.store.location(key)} is missing.`,
          { remedy: 'Restore it from a backup.' },
        );
      }
      paths.set(copy, table.store.location(key));
    }
    await requireColumnTypes(connection, paths, table.columns);
    const list = [...paths.keys()].map(literal).join(', ');
    const order = sortColumns(table.name).map(identifier).join(', ');
    const columns = table.columns.map((column) => identifier(column.name)).join(', ');
    const query = `select ${columns} from read_parquet([${list}], hive_partitioning = false, union_by_name = true) order by ${order}`;
    return await stageFile(connection, query, staging, path);
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
}

/** Parts by folder, for closed hours that have more than one file. */
function closedFolders(state: TableState, now: number): Map<string, AddAction[]> {
  const folders = new Map<string, AddAction[]>();
  for (const file of state.files.values()) {
    const folder = file.path.slice(0, file.path.lastIndexOf('/'));
    const parts = folders.get(folder) ?? [];
    parts.push(file);
    folders.set(folder, parts);
  }
  for (const [folder, parts] of folders) {
    if (parts.length < 2 || hourEnd(parts[0]!) + closingMs > now) folders.delete(folder);
  }
  return folders;
}

function hourEnd(file: AddAction): number {
  const { year, month, day, hour } = file.partitionValues;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour) + 1);
}

function sortColumns(table: string): string[] {
  return table === 'dead_letters'
    ? ['origin_topic', 'origin_partition', 'origin_offset']
    : ['user_id', 'timestamp', '_partition', '_offset'];
}

/** Commits the swap; false when another writer has replaced one of the parts meanwhile, or it took too long. */
export async function replaceParts(
  table: LakeTable,
  parts: readonly AddAction[],
  adds: readonly AddAction[],
): Promise<boolean> {
  const now = table.clock();
  const version = await table.log.commit('OPTIMIZE', (state) => {
    if (!parts.every((part) => state.files.has(part.path)) || !table.areFresh(adds))
      return undefined;
    return [
      ...parts.map((part) => ({
        remove: {
          path: part.path,
          deletionTimestamp: now,
          dataChange: false,
          extendedFileMetadata: true,
          partitionValues: part.partitionValues,
          size: part.size,
          tags: { ...part.tags, [rowsTag]: String(rowsOf(part)) },
        },
      })),
      ...adds.map((add) => ({ add })),
    ];
  });
  return version !== undefined;
}
