import type { TopicName } from '../../contracts/index.ts';

/** One record as a producer hands it over. */
export interface OutgoingRecord {
  /** Decides the partition (murmur2, as Kafka's clients do); null spreads evenly. */
  readonly key: string | null;
  /** The value's bytes; a string is written as UTF-8; null is a record without value. */
  readonly value: Uint8Array | string | null;
  /** Milliseconds since the epoch: when the log received it. Defaults to the clock. */
  readonly timestamp?: number;
  /**
   * For producers that may send the same record again after a crash: a record whose number
   * is not above the last one stored for this producer id, topic and source is left out.
   * The embedded log knows that number exactly; on Kafka it is read back from the topic's newest
   * records, so a record may be there twice in rare cases that `KafkaProducer` names.
   */
  readonly sequence?: { readonly source: string; readonly number: number };
}

/**
 * Writes records durably. Sending twice after a lost acknowledgement stores once:
 * batches carry the producer's id and a sequence.
 */
export interface Producer {
  /** Adds a record to the batch in hand. Await the answer when it is a promise: the buffer is full. */
  send(topic: TopicName, record: OutgoingRecord): void | Promise<void>;
  /** Resolves when everything sent so far is durable. */
  flush(): Promise<void>;
  /** Flushes, then releases what the producer holds. */
  close(): Promise<void>;
}

/** Records of one partition, in offset order. Offsets rise but may have holes. */
export interface RecordBatch {
  readonly topic: TopicName;
  readonly partition: number;
  /** May be 0 where the log holds only what must not be seen (rolled back records): go on at `nextOffset`. */
  readonly count: number;
  /** Offset to read next: exclusive end of this batch. */
  readonly nextOffset: number;
  /** Sum of the values' sizes in bytes. */
  readonly valueBytes: number;
  offset(index: number): number;
  /** When the record was received, as its producer says, ms since the epoch. */
  timestamp(index: number): number;
  /** When it came into this log, ms since the epoch: later, where it was received elsewhere long before. */
  appendedAt(index: number): number;
  key(index: number): string | null;
  /** A view on the value's bytes: copy it to keep it. */
  value(index: number): Uint8Array | null;
}

export interface PartitionOffsets {
  readonly topic: TopicName;
  readonly partition: number;
  /** First offset that can still be read. */
  readonly earliest: number;
  /** Offset that the next record will get. */
  readonly latest: number;
}

/** How far a group of readers has come in one partition. */
export interface CommittedOffset {
  readonly topic: TopicName;
  readonly partition: number;
  /** Offset that the group reads next. */
  readonly nextOffset: number;
}

export interface LogErasureOptions {
  /** True for a record that must go. */
  readonly isMeant: (key: string | null, value: Uint8Array | null) => boolean;
  /** What may stand in place of a record, where records can be replaced. */
  readonly replacement: Uint8Array;
  /** Offset up to which every reader that counts has read a partition; nothing beyond it is let go of. */
  readonly readUpTo: (topic: TopicName, partition: number) => number;
}

/** What an erasure did. */
export interface LogErasure {
  /** Topic → records that can't be read any more. */
  readonly erased: Readonly<Record<string, number>>;
  /** Records that can still be read, by topic: readers have not come past them. */
  readonly readable: Readonly<Record<string, number>>;
  /**
   * When the last bytes of what was erased leave the log's disks at the latest, ms since the epoch; undefined when
   * they are gone.
   */
  readonly bytesUntil: number | undefined;
}

/** The log: topics of partitions of records. `embedded.ts` and Kafka's adapter both implement it. */
export interface EventLog {
  /** True when every offset below the latest holds a record; Kafka leaves some out for its own marks. */
  readonly contiguous: boolean;
  /** A name that no other log has, the same for as long as this one lives. */
  identity(): Promise<string>;
  /** Creates the topics of the contracts where they are missing. */
  prepare(): Promise<void>;
  producer(options?: { id?: string; lingerMs?: number }): Promise<Producer>;
  /** Partitions of every topic with the range of offsets that can be read. */
  offsets(topics?: readonly TopicName[]): Promise<PartitionOffsets[]>;
  /**
   * Reads up to `maxBytes` of values from an offset on (at least one batch where there is any).
   * Undefined when there is nothing there yet.
   * @throws TonearmError TNA_LOG_OFFSET_OUT_OF_RANGE when retention has passed the offset.
   */
  fetch(
    topic: TopicName,
    partition: number,
    offset: number,
    maxBytes: number,
  ): Promise<RecordBatch | undefined>;
  /** First offset whose record was received at or after a time (ms); the latest offset where there is none. */
  offsetForTimestamp(topic: TopicName, partition: number, timestampMs: number): Promise<number>;
  /** Resolves true when something was appended since the last call, false after `timeoutMs`. */
  waitForAppend(timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  /**
   * Notes how far a group of readers has come, so that its lag can be seen from outside: on Kafka these are
   * the committed offsets of a consumer group. Nothing is read from there again by itself.
   */
  commitOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<void>;
  /** What a group has committed; empty for a group that never did. In order of topic and partition. */
  committedOffsets(group: string): Promise<CommittedOffset[]>;
  /** Takes records out, as far as the log can. See `LogErasure`. */
  erase(options: LogErasureOptions): Promise<LogErasure>;
  /** Applies retention; returns the number of records let go. */
  enforceRetention(): Promise<number>;
  close(): Promise<void>;
}
