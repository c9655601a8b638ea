import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeadLetter } from '../../contracts/index.ts';
import { type DuckDBConnection, literal } from '../duckdb.ts';
import { type StagedFile, stageByHour } from './parquet-files.ts';
import type { RefusedRecord } from './spool.ts';

/** The dead letter of a refused record, whole: its bytes, the reason, and where it came from. */
export function deadLetter(record: RefusedRecord): DeadLetter {
  const { topic, partition, offset, value } = record;
  const encoding = value === null ? 'null' : isUtf8(value) ? 'utf8' : 'base64';
  return {
    dead_letter_id: `${topic}/${partition}/${offset}`,
    code: record.code,
    ...(record.field === undefined ? {} : { field: record.field }),
    message: record.message,
    origin_topic: topic,
    origin_partition: partition,
    origin_offset: offset,
    ...(record.key === null ? {} : { origin_key: record.key }),
    received_at: new Date(record.receivedAt).toISOString(),
    raw:
      value === null ? '' : Buffer.from(value).toString(encoding === 'base64' ? 'base64' : 'utf8'),
    raw_encoding: encoding,
  };
}

/** Writes dead letters as Parquet files, one an hour of receipt. */
export async function stageDeadLetters(
  connection: DuckDBConnection,
  letters: readonly DeadLetter[],
  staging: string,
  now: number,
): Promise<StagedFile[]> {
  if (letters.length === 0) return [];
  const hours = letters.map((letter) => Math.floor(Date.parse(letter.received_at) / 3_600_000));
  const path = join(staging, `dead-letters-${randomUUID()}.json`);
  await writeFile(path, letters.map((letter) => JSON.stringify(letter)).join('\n'));
  const longest = Math.max(...letters.map((letter) => letter.raw.length)) * 6 + 4096;
  try {
    return await stageByHour(
      connection,
      `select dead_letter_id, code, field, message, origin_topic, origin_partition, origin_offset,
         origin_key, received_at, raw, raw_encoding, make_timestamptz(${now} * 1000) as _ingested_at
       from read_json(${literal(path)}, format = 'newline_delimited',
         maximum_object_size = ${Math.max(16_777_216, longest)},
         columns = {dead_letter_id: 'VARCHAR', code: 'VARCHAR', field: 'VARCHAR', message: 'VARCHAR',
           origin_topic: 'VARCHAR', origin_partition: 'INTEGER', origin_offset: 'BIGINT',
           origin_key: 'VARCHAR', received_at: 'TIMESTAMPTZ', raw: 'VARCHAR', raw_encoding: 'VARCHAR'})`,
      staging,
      { first: Math.min(...hours), last: Math.max(...hours) },
      'received_at',
    );
  } finally {
    await rm(path, { force: true });
  }
}
