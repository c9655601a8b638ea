import { mkdir, rm, writeFile } from 'node:fs/promises';
import { literal, openDuckDb } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import { type Action, encodeActions, versionName } from './delta-actions.ts';
import { stagingPath } from './staging.ts';
import type { Store } from './store.ts';

const map = 'MAP(VARCHAR, VARCHAR)';

/** Columns of a checkpoint (protocol: "Checkpoint Schema"). */
const columns = {
  txn: 'STRUCT("appId" VARCHAR, "version" BIGINT, "lastUpdated" BIGINT)',
  add: `STRUCT("path" VARCHAR, "partitionValues" ${map}, "size" BIGINT, "modificationTime" BIGINT, "dataChange" BOOLEAN, "stats" VARCHAR, "tags" ${map})`,
  remove: `STRUCT("path" VARCHAR, "deletionTimestamp" BIGINT, "dataChange" BOOLEAN, "extendedFileMetadata" BOOLEAN, "partitionValues" ${map}, "size" BIGINT, "tags" ${map})`,
  metaData: `STRUCT("id" VARCHAR, "name" VARCHAR, "description" VARCHAR, "format" STRUCT("provider" VARCHAR, "options" ${map}), "schemaString" VARCHAR, "partitionColumns" VARCHAR[], "configuration" ${map}, "createdTime" BIGINT)`,
  protocol: 'STRUCT("minReaderVersion" INTEGER, "minWriterVersion" INTEGER)',
};

const smallTableInterval = 50;
/** Actions that a checkpoint may hold for each commit since the one before. */
const actionsPerCommit = 250;

/**
 * Whether the writer of a version owes a checkpoint of it: every 50th, and half as often each time
 * the table doubles beyond 12,500 actions, so that the cost a commit stays the same.
 * @param size actions that the checkpoint would hold.
 */
export function checkpointIsDue(
  version: number,
  size: number,
  smallest = smallTableInterval,
): boolean {
  let interval = smallest;
  while (interval * actionsPerCommit < size) interval *= 2;
  return version > 0 && version % interval === 0;
}

export interface LastCheckpoint {
  version: number;
  size: number;
}

/**
 * Writes a checkpoint of a version and points `_last_checkpoint` at it, unless that names a newer one:
 * entries before the newest may be gone. Doing it twice is harmless.
 */
export async function writeCheckpoint(
  store: Store,
  table: string,
  version: number,
  actions: readonly Action[],
  stagingDirectory: string,
): Promise<void> {
  await mkdir(stagingDirectory, { recursive: true });
  const base = stagingPath(stagingDirectory, 'checkpoint');
  const database = await openDuckDb({ threads: '1' });
  try {
    await writeFile(`${base}.json`, encodeActions(actions));
    const types = Object.entries(columns).map(([name, type]) => `${name}: ${literal(type)}`);
    await database.connection.run(
      `copy (select * from read_json(${literal(`${base}.json`)}, format = 'newline_delimited', maximum_object_size = 67108864, columns = {${types.join(', ')}}))
       to ${literal(`${base}.parquet`)} (format parquet, compression zstd)`,
    );
    const log = `${table}/_delta_log`;
    await store.uploadIfAbsent(
      `${log}/${versionName(version)}.checkpoint.parquet`,
      `${base}.parquet`,
    );
    const newest = await readLastCheckpoint(store, table);
    if (newest !== undefined && newest.version >= version) return;
    const pointer: LastCheckpoint = { version, size: actions.length };
    await store.put(`${log}/_last_checkpoint`, new TextEncoder().encode(JSON.stringify(pointer)));
  } finally {
    database.close();
    await rm(`${base}.json`, { force: true });
    await rm(`${base}.parquet`, { force: true });
  }
}

/** The newest checkpoint's version, by `_last_checkpoint`. */
export async function readLastCheckpoint(
  store: Store,
  table: string,
): Promise<LastCheckpoint | undefined> {
  const bytes = await store.get(`${table}/_delta_log/_last_checkpoint`);
  if (bytes === undefined) return undefined;
  return JSON.parse(new TextDecoder().decode(bytes)) as LastCheckpoint;
}

/** Reads all actions of a checkpoint. */
export async function readCheckpoint(
  store: Store,
  table: string,
  version: number,
  stagingDirectory: string,
): Promise<Action[]> {
  const key = `${table}/_delta_log/${versionName(version)}.checkpoint.parquet`;
  await mkdir(stagingDirectory, { recursive: true });
  const copies = stagingPath(stagingDirectory, 'checkpoint');
  await mkdir(copies);
  const database = await openDuckDb({ threads: '1' });
  try {
    const local = await store.localCopy(key, copies);
    if (local === undefined) {
      throw new TonearmError('TNA_LAKE_FILE_MISSING', `${store.location(key)} is missing.`, {
        remedy: 'Restore it from a backup.',
      });
    }
    const names = Object.keys(columns);
    const reader = await database.connection.runAndReadAll(
      `select ${names.map((name) => `case when ${name} is not null then to_json(${name})::varchar end`).join(', ')}
       from read_parquet(${literal(local)})`,
    );
    return reader.getRows().flatMap((row) =>
      row.flatMap((value, index) => {
        if (value === null) return [];
        return [{ [names[index]!]: withoutNulls(JSON.parse(String(value))) } as never as Action];
      }),
    );
  } finally {
    database.close();
    await rm(copies, { recursive: true, force: true });
  }
}

function withoutNulls(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
