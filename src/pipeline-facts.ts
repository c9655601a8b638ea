/** What the rules of the alerts look at, gathered from what the stages leave behind. */
import { join } from 'node:path';
import type { HourVolume, PipelineFacts } from './alerts/index.ts';
import type { Config } from './config.ts';
import { literal, openDuckDb } from './duckdb.ts';
import type { Lake } from './lake/index.ts';
import { openDeadLetters } from './lake/read-dead-letters.ts';
import { addedAt, isCompacted } from './lake/table-state.ts';
import type { EventLog } from './log/index.ts';
import { readPublishedVersions, type Versions } from './published-versions.ts';
import { lakeStateOf, publishedMarts, RunFiles, readLogState } from './serving/index.ts';

const hourMs = 3_600_000;
const volumeMs = 48 * hourMs;
const runsRead = 20;

/** Gathers the facts. The lake is refreshed on the way. */
export async function collectFacts(parts: {
  config: Config;
  log: EventLog;
  lake: Lake;
  now: number;
}): Promise<PipelineFacts> {
  const { config, log, lake, now } = parts;
  const { tables } = await lakeStateOf(lake)();
  const inLog = await readLogState(log, tables);
  return {
    now,
    runs: await new RunFiles(config.runsDirectory).newest(runsRead),
    unpublishedSince: unpublishedSince(lake, await readPublishedVersions(config)),
    waiting: inLog.waiting ?? 0,
    oldestWaitingAt: inLog.oldestWaitingAt,
    lastReceivedAt: inLog.lastReceivedAt,
    received: await receivedLately(lake, now),
    volume: await volumeLately(config, now),
  };
}

/** When the oldest rows came that the marts do not show. Nothing before the first publish: that is a first run's. */
function unpublishedSince(lake: Lake, published: Versions | undefined): number | undefined {
  if (published === undefined) return undefined;
  const times: number[] = [];
  for (const [name, version] of Object.entries(published)) {
    const { files, tombstones } = lake.tables[name as keyof Lake['tables']].log.state;
    for (const file of files.values()) {
      if (!isCompacted(file) && addedAt(file) > version) times.push(file.modificationTime);
    }
    for (const file of tombstones.values()) {
      if (!isCompacted(file) && addedAt(file) > version) times.push(file.deletionTimestamp);
    }
  }
  return times.reduce<number | undefined>(
    (least, time) => (least === undefined || time < least ? time : least),
    undefined,
  );
}

/** Records received since the beginning of the hour before: rows of the tables, and letters that wait. */
async function receivedLately(lake: Lake, now: number): Promise<PipelineFacts['received']> {
  const from = (Math.floor(now / hourMs) - 1) * hourMs;
  let stored = 0;
  let refusedLately = 0;
  for (const file of lake.files()) {
    if (!file.live || hourOfPath(file.path) < from) continue;
    if (file.table === 'dead_letters') refusedLately += file.rows;
    else stored += file.rows;
  }
  if (refusedLately === 0) {
    return { refused: 0, stored, firstRefusedAt: undefined, worstCode: undefined };
  }
  const letters = await openDeadLetters(lake);
  try {
    const reasons = await letters.reasons({ from, state: 'waiting' });
    const times = reasons.map((reason) => Date.parse(reason.first_received_at));
    return {
      refused: reasons.reduce((sum, { waiting }) => sum + waiting, 0),
      stored,
      firstRefusedAt: times.length === 0 ? undefined : Math.min(...times),
      worstCode: reasons[0]?.code,
    };
  } finally {
    letters.close();
  }
}

function hourOfPath(path: string): number {
  const found = /year=(\d+)\/month=(\d+)\/day=(\d+)\/hour=(\d+)\//.exec(path);
  if (found === null) return 0;
  const [, year, month, day, hour] = found.map(Number);
  return Date.UTC(year!, month! - 1, day, hour);
}

/** The last two days of `gold.volume_anomalies`; none before the first publish. */
async function volumeLately(config: Config, now: number): Promise<HourVolume[]> {
  const marts = await publishedMarts(config);
  if (marts === undefined) return [];
  const path = join(marts.directory, 'volume_anomalies.parquet');
  const { connection, close } = await openDuckDb({ threads: '1' });
  try {
    const reader = await connection.runAndReadAll(
      `select topic, epoch_ms(hour)::double as hour, actual::double as actual, expected, state
       from read_parquet(${literal(path)}) where hour >= make_timestamptz($from::bigint * 1000) order by hour`,
      { from: now - volumeMs },
    );
    return reader.getRowObjectsJS() as unknown as HourVolume[];
  } catch (error) {
    // Marts of an earlier version have no such table, and a version may be pruned under our hands.
    if (/no files found|cannot open/i.test(String(error))) return [];
    throw error;
  } finally {
    close();
  }
}
