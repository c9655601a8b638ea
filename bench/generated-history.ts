/** Plays written straight into a lake, without simulator, log and sink: quick, and always the same. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openDuckDb } from '../src/duckdb.ts';
import type { LakeTable } from '../src/lake/index.ts';
import { hourFolder, type StagedFile, stageFile } from '../src/lake/parquet-files.ts';

export interface History {
  /** Hours since the epoch. */
  readonly firstHour: number;
  readonly hours: number;
  readonly playsAnHour: number;
  readonly listeners: number;
  readonly tracks: number;
}

/** Appends the plays of some hours, one file an hour, in one commit. Few tracks have most of the plays. */
export async function appendPlays(table: LakeTable, history: History): Promise<void> {
  const staging = join(table.stagingDirectory, randomUUID());
  const { connection, close } = await openDuckDb();
  const files: StagedFile[] = [];
  try {
    for (let hour = history.firstHour; hour < history.firstHour + history.hours; hour += 1) {
      const path = `${hourFolder(hour)}/part-${randomUUID()}.parquet`;
      files.push(...(await stageFile(connection, plays(table, history, hour), staging, path)));
    }
  } finally {
    close();
  }
  await table.append({ files, transactions: {}, expected: {} });
}

function plays(
  table: LakeTable,
  { playsAnHour, listeners, tracks }: History,
  hour: number,
): string {
  const values: Record<string, string> = {
    event_id: "printf('%08x-%04x-7000-8000-%012x', received // 65536, received % 65536, place)",
    play_id: "printf('%08x-%04x-7000-9000-%012x', received // 65536, received % 65536, place)",
    user_id: "'listener-' || listener",
    track_id: "'spotify:track:' || track",
    track: "'Song ' || track",
    artist: "'Artist ' || (track // 8)",
    album: "'Album ' || (track // 4)",
    genre: "'genre ' || (track % 20)",
    timestamp: 'make_timestamptz((received - played - 2000) * 1000)',
    device: "'mobile'",
    source: "'simulator'",
    duration: 'played::bigint',
    skipped: 'played < 60000',
    track_duration: '240000::bigint',
    country: "'DE'",
    private: 'place % 50 = 0',
    _topic: "'plays'",
    _partition: '(listener % 8)::integer',
    _offset: `(${hour}::bigint * ${playsAnHour} + place)::bigint`,
    _received_at: 'make_timestamptz(received * 1000)',
    _ingested_at: 'make_timestamptz((received + 1000) * 1000)',
  };
  const types = {
    string: 'varchar',
    long: 'bigint',
    integer: 'integer',
    boolean: 'boolean',
    timestamp: 'timestamptz',
  };
  const columns = table.columns.map(
    ({ name, type }) => `${values[name] ?? `null::${types[type]}`} as ${JSON.stringify(name)}`,
  );
  return `select ${columns.join(', ')} from (
    select place, ${hour}::bigint * 3600000 + place * 3600000 // ${playsAnHour} as received,
      hash(place, ${hour}) % ${listeners} as listener,
      floor(${tracks} * power((hash(${hour}, place) % 1000000) / 1e6, 3))::bigint as track,
      (20000 + hash(place + ${hour}) % 220000)::bigint as played
    from range(${playsAnHour}) as places (place))`;
}
