import { readLastCheckpoint } from './checkpoint.ts';
import { versionName } from './delta-actions.ts';
import type { LakeTable } from './table.ts';
import { addedAt, isCompacted } from './table-state.ts';

/** Entries of the log older than this go once a checkpoint covers them. */
const logRetentionMs = 7 * 24 * 3_600_000;

export interface VacuumResult {
  readonly files: number;
  readonly bytes: number;
  readonly logEntries: number;
  /** Uploads that were begun and never finished. */
  readonly uploads: number;
}

/**
 * Deletes what no reader needs any more: files that compaction replaced and files of
 * writers that crashed before their commit, both only after the grace period, and log
 * entries that a checkpoint covers.
 *
 * What is live is asked after the files were listed, and by a commit of its own: whoever prepared a
 * commit before it must look again, and then finds its files too old (`LakeTable.areFresh`).
 * @param graceMs how long a file stays after it was replaced or written in vain. Below an hour it
 *   is safe only while nobody writes.
 * @param taken version up to which the warehouse has taken in the table. A replaced file of a later
 *   commit stays: compaction's own files are no new rows, so these are read from the replaced ones.
 */
export async function vacuumTable(
  table: LakeTable,
  graceMs: number,
  taken: number = Number.POSITIVE_INFINITY,
): Promise<VacuumResult> {
  const before = table.clock() - graceMs;
  const uploads = await table.store.endAbandonedUploads(`${table.name}/`, before);
  const result = { files: 0, bytes: 0, logEntries: 0, uploads };
  const { files, tombstones } = await table.log.refresh();
  const isOld = (path: string, modifiedAt: number) =>
    Math.max(modifiedAt, tombstones.get(path)?.deletionTimestamp ?? 0) <= before;
  const isAwaited = (path: string) => {
    const replaced = tombstones.get(path);
    return replaced !== undefined && !isCompacted(replaced) && addedAt(replaced) > taken;
  };
  const checkpoint = await readLastCheckpoint(table.store, table.name);
  const candidates: { path: string; key: string; bytes: number; modifiedAt: number }[] = [];
  for await (const found of table.store.list(`${table.name}/`)) {
    const path = found.key.slice(table.name.length + 1);
    if (path.startsWith('_delta_log/')) {
      if (!isCovered(path, found.modifiedAt, checkpoint?.version, table.clock())) continue;
      await table.store.delete(found.key);
      result.logEntries += 1;
    } else if (!files.has(path) && isOld(path, found.modifiedAt) && !isAwaited(path)) {
      candidates.push({ path, ...found });
    }
  }
  if (candidates.length === 0) return result;
  await table.log.commit('VACUUM START', () => []);
  const state = await table.log.refresh();
  for (const { path, key, bytes, modifiedAt } of candidates) {
    if (state.files.has(path) || (await wasWrittenAgain(table, key, modifiedAt))) continue;
    await table.store.delete(key);
    state.tombstones.delete(path);
    result.files += 1;
    result.bytes += bytes;
  }
  return result;
}

/** Only compaction uses a name again; another vacuum may have deleted the file that was listed. */
async function wasWrittenAgain(table: LakeTable, key: string, modifiedAt: number) {
  if (!key.endsWith('/data.parquet')) return false;
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  for await (const found of table.store.list(folder)) {
    if (found.key === key) return found.modifiedAt !== modifiedAt;
  }
  return true;
}

function isCovered(path: string, modifiedAt: number, checkpoint: number | undefined, now: number) {
  const entry = /^_delta_log\/(\d{20})\.(json|checkpoint\.parquet)$/.exec(path);
  if (entry === null || checkpoint === undefined) return false;
  return entry[1]! < versionName(checkpoint) && modifiedAt < now - logRetentionMs;
}
