import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { TopicName } from '../../contracts/index.ts';
import { BatchBuilder, readBatch } from './batch-codec.ts';

/** Batches that are rewritten in one transaction, so that writers need not wait long. */
const batchesAtOnce = 64;
const truncateAttempts = 100;
const truncateWaitMs = 100;

/** How a batch is stored: its frame as bytes, packed or plain. */
export interface FrameCodec {
  unpack(codec: string, stored: Uint8Array): Uint8Array;
  pack(frame: Buffer): { codec: string; stored: Uint8Array };
}

/** A batch with the records replaced that are meant; undefined where none is. */
export function withoutRecords(
  topic: TopicName,
  frame: Uint8Array,
  isMeant: (key: string | null, value: Uint8Array | null) => boolean,
  replacement: Uint8Array,
): { frame: Buffer; records: number } | undefined {
  const batch = readBatch(topic, 0, frame, { baseOffset: 0, fromOffset: 0, appendedAt: 0 });
  const meant = Array.from({ length: batch.count }, (_, index) =>
    isMeant(batch.key(index), batch.value(index)),
  );
  const records = meant.filter(Boolean).length;
  if (records === 0) return undefined;
  const builder = new BatchBuilder();
  for (let index = 0; index < batch.count; index += 1) {
    if (meant[index]) builder.add(null, replacement, batch.timestamp(index));
    else builder.add(batch.key(index), batch.value(index), batch.timestamp(index));
  }
  return { frame: builder.take(), records };
}

/** Rewrites the batches that hold records that are meant. Offsets stay. @returns records by topic. */
export function eraseBatches(
  database: DatabaseSync,
  codec: FrameCodec,
  isMeant: (key: string | null, value: Uint8Array | null) => boolean,
  replacement: Uint8Array,
): Record<string, number> {
  const erased: Record<string, number> = {};
  const places = database
    .prepare('select topic, partition from partitions order by topic, partition')
    .all();
  const read = database.prepare(
    `select base_offset, codec, frame from batches
     where topic = ? and partition = ? and base_offset > ? order by base_offset limit ${batchesAtOnce}`,
  );
  const write = database.prepare(
    `update batches set codec = ?, frame = ?, bytes = ?
     where topic = ? and partition = ? and base_offset = ?`,
  );
  for (const place of places) {
    const [topic, partition] = [String(place.topic), Number(place.partition)];
    for (let after = -1; ; ) {
      const rows = read.all(topic, partition, after);
      if (rows.length === 0) break;
      after = Number(rows.at(-1)!.base_offset);
      const changed = rows.flatMap((row) => {
        const frame = codec.unpack(String(row.codec), row.frame as Uint8Array);
        const rewritten = withoutRecords(topic as TopicName, frame, isMeant, replacement);
        return rewritten === undefined ? [] : [{ base: Number(row.base_offset), ...rewritten }];
      });
      if (changed.length === 0) continue;
      database.exec('begin immediate');
      for (const { base, frame, records } of changed) {
        const { codec: packed, stored } = codec.pack(frame);
        write.run(packed, stored, frame.length, topic, partition, base);
        erased[topic] = (erased[topic] ?? 0) + records;
      }
      database.exec('commit');
    }
  }
  return erased;
}

/**
 * Writes the whole file anew, so that no free page keeps old bytes, and empties the write-ahead log.
 * Readers and writers go on; a writer may wait for as long as the file takes to copy.
 * @returns false when readers held the write-ahead log the whole time.
 */
export async function forgetFreePages(database: DatabaseSync): Promise<boolean> {
  database.exec('pragma secure_delete = on; vacuum');
  for (let attempt = 0; attempt < truncateAttempts; attempt += 1) {
    const row = database.prepare('pragma wal_checkpoint(truncate)').get();
    if (Number(row?.busy) === 0) return true;
    await delay(truncateWaitMs);
  }
  return false;
}
