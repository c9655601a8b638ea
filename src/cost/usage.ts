import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Lake } from '../lake/index.ts';
import { monthDays, type Usage } from './model.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** What was measured, and over how long. */
export interface MeasuredUsage extends Usage {
  /** Days between the first of the rows that count and now, at most 30. */
  readonly days: number;
}

/** The last 30 days of this lake, or as much as there was, scaled to a month. */
export async function measureUsage(
  config: Pick<Config, 'martsDirectory' | 'warehouse'>,
  lake: Lake,
  now: number,
): Promise<MeasuredUsage> {
  await lake.refresh();
  const from = now - monthDays * dayMs;
  const hours = new Set<string>();
  const growing = new Set<string>();
  let first = now;
  let rows = 0;
  let lakeBytes = 0;
  for (const file of lake.files()) {
    if (file.live) lakeBytes += file.bytes;
    const hour = /year=(\d+)\/month=(\d+)\/day=(\d+)\/hour=(\d+)/.exec(file.path);
    if (!file.live || hour === null) continue;
    const [, year, month, day, clock] = hour.map(Number);
    const time = Date.UTC(year!, month! - 1, day, clock);
    if (time < from) continue;
    hours.add(hour[0]);
    growing.add(file.table);
    rows += file.rows;
    first = Math.min(first, time);
  }
  const days = Math.max(hourMs / dayMs, (now - first) / dayMs);
  const marts = await sizeOf(config.martsDirectory);
  const warehouseBytes =
    config.warehouse.kind === 'duckdb'
      ? await stat(config.warehouse.path).then(
          ({ size }) => size,
          () => 0,
        )
      : 0;
  return {
    days,
    eventsADay: rows / days,
    busyHours: Math.min(24, hours.size / days),
    tables: growing.size,
    sinks: 1,
    lakeBytes,
    martBytes: marts.bytes,
    warehouseBytes,
    martFiles: marts.filesOfOne,
  };
}

async function sizeOf(directory: string): Promise<{ bytes: number; filesOfOne: number }> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  let bytes = 0;
  const files = new Map<string, number>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    // A version may be pruned meanwhile.
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
    if (entry.parentPath !== directory) {
      files.set(entry.parentPath, (files.get(entry.parentPath) ?? 0) + 1);
    }
  }
  return { bytes, filesOfOne: Math.max(0, ...files.values()) };
}
