import type { TopicName } from '../../../contracts/index.ts';
import { type EncodedBatch, KafkaRecordWriter, type RecordHeader } from './record-writer.ts';

/** A batch is closed at this size before compression. */
const batchBytes = 1 << 20;

/** A closed batch on its way; it keeps its sequence number over every try. */
export interface QueuedBatch {
  readonly encoded: EncodedBatch;
  /** Bytes before compression: what it counts for in the buffer's limit. */
  readonly bytes: number;
  sequence: number | undefined;
}

/** Records of one partition on their way to the broker: a batch being filled, and closed ones in order. */
export class PartitionQueue {
  readonly topic: TopicName;
  readonly partition: number;
  readonly batches: QueuedBatch[] = [];
  /** Sequence number of the next batch's first record. */
  nextSequence = 0;
  readonly #writer: KafkaRecordWriter;

  /** @param prefix stands before each value. */
  constructor(topic: TopicName, partition: number, prefix: Uint8Array | undefined) {
    this.#writer = new KafkaRecordWriter(prefix);
    this.topic = topic;
    this.partition = partition;
  }

  /** @returns bytes that were added. */
  add(
    key: string | null,
    value: Uint8Array | string | null,
    timestamp: number,
    headers: readonly RecordHeader[],
  ): number {
    const before = this.#writer.bytes;
    this.#writer.add(key, value, timestamp, headers);
    const added = this.#writer.bytes - before;
    if (this.#writer.bytes >= batchBytes) this.close();
    return added;
  }

  /** Closes the batch being filled. */
  close(): void {
    if (this.#writer.count === 0) return;
    const { bytes } = this.#writer;
    this.batches.push({ encoded: this.#writer.take(), bytes, sequence: undefined });
  }
}
