import { readLastCheckpoint } from './checkpoint.ts';
import { versionName } from './delta-actions.ts';
import type { LakeTable } from './table.ts';

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
 * @param graceMs how long a file stays after it was replaced or written in vain.
 */
export async function vacuumTable(table: LakeTable, graceMs: number): Promise<VacuumResult> {
  const state = await table.log.refresh();
  const before = table.clock() - graceMs;
  const uploads = await table.store.endAbandonedUploads(`${table.name}/`, before);
  const result = { files: 0, bytes: 0, logEntries: 0, uploads };
  const checkpoint = await readLastCheckpoint(table.store, table.name);
  for await (const found of table.store.list(`${table.name}/`)) {
    const path = found.key.slice(table.name.length + 1);
    if (path.startsWith('_delta_log/')) {
      if (!isCovered(path, found.modifiedAt, checkpoint?.version, table.clock())) continue;
      await table.store.delete(found.key);
      result.logEntries += 1;
      continue;
    }
    if (state.files.has(path)) continue;
    const since = state.tombstones.get(path)?.deletionTimestamp ?? found.modifiedAt;
    if (since > before) continue;
    await table.store.delete(found.key);
    state.tombstones.delete(path);
    result.files += 1;
    result.bytes += found.bytes;
  }
  return result;
}

function isCovered(path: string, modifiedAt: number, checkpoint: number | undefined, now: number) {
  const entry = /^_delta_log\/(\d{20})\.(json|checkpoint\.parquet)$/.exec(path);
  if (entry === null || checkpoint === undefined) return false;
  return entry[1]! < versionName(checkpoint) && modifiedAt < now - logRetentionMs;
}
