import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { EventTopic } from '../../contracts/index.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import { type Lake, openLake, openReader } from '../../src/lake/index.ts';
import { Sink, type SinkResult } from '../../src/lake/sink.ts';
import { sinkGroup } from '../../src/lake/sink-group.ts';
import { type EventLog, openLog } from '../../src/log/index.ts';

/** A data directory of its own for one test, removed afterwards. */
export async function temporaryConfig(t: TestContext, settings: Record<string, string> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return parseConfig({ TONEARM_DATA: directory, ...settings }, directory);
}

export async function openParts(t: TestContext, config: Config, clock: () => number = Date.now) {
  const log = await openLog(config.log, { clock });
  t.after(() => log.close());
  return { log, lake: await openLake(config, clock) };
}

export function drain(
  config: Config,
  log: EventLog,
  lake: Lake,
  clock = Date.now,
): Promise<SinkResult> {
  return new Sink({
    config,
    log,
    lake,
    clock,
    group: sinkGroup(lake.store),
    untilIdle: true,
  }).run();
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/** A valid event, numbered; fields can be replaced or, with undefined, left out. */
export function event(topic: EventTopic, number: number, changes: Record<string, unknown> = {}) {
  const id = (kind: number) => `0193${hex(kind, 4)}-0000-7000-8000-${hex(number, 12)}`;
  return {
    event_id: id({ starts: 1, plays: 2, skips: 3, likes: 4 }[topic]),
    play_id: id(0),
    user_id: `user-${number % 7}`,
    track_id: `spotify:track:${hex(number % 11, 22)}`,
    // Escapes send every second event by the careful path of the sink.
    track: `Song ${number % 11} “ünïcode”${number % 2 === 0 ? ' \\ "quoted"' : ''}`,
    artist: `Artist ${number % 3}`,
    timestamp: new Date(Date.UTC(2025, 10, 18, 14) + number * 1000).toISOString(),
    device: 'mobile',
    source: 'simulator',
    ...(topic === 'likes' ? { liked: true } : { duration: 180_000 + number }),
    ...(topic === 'plays' ? { skipped: false } : {}),
    ...(topic === 'skips' ? { skipped: true } : {}),
    ...changes,
  };
}

/** Rows of a query over the live files of a table (`from files`). */
export async function rowsOfTable(lake: Lake, table: keyof Lake['tables'], select: string) {
  await lake.refresh();
  const paths = lake.tables[table].files().filter((file) => file.live);
  if (paths.length === 0) return [];
  const database = await openReader(lake.store);
  try {
    const list = paths.map((file) => `'${file.path}'`).join(', ');
    const reader = await database.connection.runAndReadAll(
      `with files as (select * from read_parquet([${list}], union_by_name = true, hive_partitioning = true)) ${select}`,
    );
    return reader.getRowObjectsJson();
  } finally {
    database.close();
  }
}
