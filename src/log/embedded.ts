import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type TopicName, topics } from '../../contracts/index.ts';
import { TonearmError } from '../errors.ts';
import { readBatch } from './batch-codec.ts';
import { EmbeddedProducer, type OutgoingBatch } from './embedded-producer.ts';
import { eraseBatches, type FrameCodec, forgetFreePages } from './erase-embedded.ts';
import type {
  CommittedOffset,
  EventLog,
  LogErasure,
  LogErasureOptions,
  PartitionOffsets,
  Producer,
  RecordBatch,
} from './port.ts';
import { asLogError, openDatabase } from './schema.ts';

/** Time between two looks for what another process has appended. */
const pollMs = 20;
/** The same while appends come, which is this long after the last one. */
const busyPollMs = 5;
const busyMs = 1000;
const defaultLingerMs = 50;
/** Below this size compression is not worth its time. */
const compressFromBytes = 4096;
/** Node decompresses into pieces of this size: most batches fit in one. */
const decompressed = { chunkSize: 512 * 1024 };
const zstdLevel = { params: { [zlib.ZSTD_c_compressionLevel]: 1 } };

const frames: FrameCodec = {
  unpack: (codec, stored) => (codec === 'zstd' ? zstdDecompressSync(stored, decompressed) : stored),
  pack: (frame) =>
    frame.length < compressFromBytes
      ? { codec: 'none', stored: frame }
      : { codec: 'zstd', stored: zstdCompressSync(frame, zstdLevel) },
};

/** The log in one SQLite file: a row is a batch of records of one partition. */
export class EmbeddedLog implements EventLog {
  readonly contiguous = true;
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #clock: () => number;
  readonly #statements = new Map<string, StatementSync>();
  #dataVersion = -1;
  #appended = false;
  #appendSeenAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(directory: string, clock: () => number) {
    this.#path = join(directory, 'log.sqlite');
    this.#clock = clock;
    this.#database = openDatabase(directory);
  }

  async identity(): Promise<string> {
    return String(this.#sql('select name from identity').get()?.name);
  }

  async prepare(): Promise<void> {
    this.#transaction(() => {
      const insert = this.#sql('insert or ignore into partitions (topic, partition) values (?, ?)');
      for (const [topic, { partitions }] of Object.entries(topics)) {
        for (let partition = 0; partition < partitions; partition += 1)
          insert.run(topic, partition);
      }
    });
  }

  async producer(options: { id?: string; lingerMs?: number } = {}): Promise<Producer> {
    const id = options.id ?? '';
    const store = {
      append: (batches: OutgoingBatch[], sequences: Map<string, number>) =>
        this.#append(id, batches, sequences),
      lastSequence: (topic: TopicName, source: string) => {
        const row = this.#sql(
          'select sequence from producers where id = ? and topic = ? and source = ?',
        ).get(id, topic, source);
        return row === undefined ? -1 : Number(row.sequence);
      },
    };
    return new EmbeddedProducer(store, this.#clock, options.lingerMs ?? defaultLingerMs);
  }

  async offsets(names: readonly TopicName[] = []): Promise<PartitionOffsets[]> {
    const rows = this.#sql(
      'select topic, partition, earliest, latest from partitions order by topic, partition',
    ).all();
    return rows
      .map((row) => ({
        topic: String(row.topic) as TopicName,
        partition: Number(row.partition),
        earliest: Number(row.earliest),
        latest: Number(row.latest),
      }))
      .filter((row) => names.length === 0 || names.includes(row.topic));
  }

  async fetch(
    topic: TopicName,
    partition: number,
    offset: number,
    _maxBytes: number,
  ): Promise<RecordBatch | undefined> {
    const row = this.#sql(
      `select base_offset, next_offset, appended_at, codec, frame from batches
       where topic = ? and partition = ? and base_offset <= ? order by base_offset desc limit 1`,
    ).get(topic, partition, offset);
    if (row === undefined || Number(row.next_offset) <= offset) {
      this.#checkRange(topic, partition, offset);
      return undefined;
    }
    const frame = frames.unpack(String(row.codec), row.frame as Uint8Array);
    return readBatch(topic, partition, frame, {
      baseOffset: Number(row.base_offset),
      fromOffset: offset,
      appendedAt: Number(row.appended_at),
    });
  }

  async offsetForTimestamp(topic: TopicName, partition: number, time: number): Promise<number> {
    const row = this.#sql(
      `select base_offset from batches where topic = ? and partition = ? and last_timestamp >= ?
       order by base_offset limit 1`,
    ).get(topic, partition, time);
    const found =
      row ??
      this.#sql('select latest from partitions where topic = ? and partition = ?').get(
        topic,
        partition,
      );
    if (row === undefined) return Number(found?.latest ?? 0);
    const base = Number(row.base_offset);
    const batch = await this.fetch(topic, partition, base, 0);
    for (let index = 0; batch !== undefined && index < batch.count; index += 1) {
      if (batch.timestamp(index) >= time) return batch.offset(index);
    }
    return base;
  }

  async waitForAppend(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      if (this.#closed || signal?.aborted) return false;
      const version = Number(this.#sql('pragma data_version').get()?.data_version);
      const changed = this.#appended || (this.#dataVersion !== -1 && version !== this.#dataVersion);
      this.#dataVersion = version;
      this.#appended = false;
      const now = performance.now();
      if (changed) {
        this.#appendSeenAt = now;
        return true;
      }
      if (now >= until) return false;
      const poll = now - this.#appendSeenAt < busyMs ? busyPollMs : pollMs;
      await delay(Math.min(poll, until - now), undefined, { signal }).catch(() => undefined);
    }
  }

  async commitOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    this.#transaction(() => {
      const upsert = this.#sql('insert or replace into group_offsets values (?, ?, ?, ?)');
      for (const { topic, partition, nextOffset } of offsets) {
        upsert.run(group, topic, partition, nextOffset);
      }
    });
  }

  async committedOffsets(group: string): Promise<CommittedOffset[]> {
    const rows = this.#sql(
      `select topic, partition, next_offset from group_offsets where group_name = ?
       order by topic, partition`,
    ).all(group);
    return rows.map((row) => ({
      topic: String(row.topic) as TopicName,
      partition: Number(row.partition),
      nextOffset: Number(row.next_offset),
    }));
  }

  async enforceRetention(): Promise<number> {
    let gone = 0;
    this.#transaction(() => {
      for (const [topic, { retentionMs }] of Object.entries(topics)) {
        for (const { partition } of this.#sql(
          'select partition from partitions where topic = ?',
        ).all(topic)) {
          gone += this.#expire(topic, Number(partition), this.#clock() - retentionMs);
        }
      }
    });
    if (gone > 0) this.#database.exec('pragma incremental_vacuum');
    return gone;
  }

  /** Replaces the records where they stand: every copy of their bytes is gone afterwards. */
  async erase({ isMeant, replacement }: LogErasureOptions): Promise<LogErasure> {
    try {
      const erased = eraseBatches(this.#database, frames, isMeant, replacement);
      const isClean = await forgetFreePages(this.#database);
      return { erased, readable: {}, bytesUntil: isClean ? undefined : this.#clock() };
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw asLogError(error, this.#path);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
  }

  /** Time counts from arrival: simulated history carries old record timestamps. */
  #expire(topic: string, partition: number, before: number): number {
    const kept = this.#sql(
      'select min(base_offset) as base from batches where topic = ? and partition = ? and appended_at >= ?',
    ).get(topic, partition, before);
    const range = this.#sql(
      'select earliest, latest from partitions where topic = ? and partition = ?',
    ).get(topic, partition)!;
    const earliest = Number(kept?.base ?? range.latest);
    if (earliest <= Number(range.earliest)) return 0;
    this.#sql('delete from batches where topic = ? and partition = ? and base_offset < ?').run(
      topic,
      partition,
      earliest,
    );
    this.#sql('update partitions set earliest = ? where topic = ? and partition = ?').run(
      earliest,
      topic,
      partition,
    );
    return earliest - Number(range.earliest);
  }

  #append(id: string, batches: OutgoingBatch[], sequences: Map<string, number>): void {
    const framed = batches.map((batch) => {
      const { codec, stored } = frames.pack(batch.frame);
      return { ...batch, codec, frame: stored, bytes: batch.frame.length };
    });
    this.#transaction(() => {
      const now = this.#clock();
      for (const batch of framed) {
        const { topic, partition } = batch;
        const row = this.#sql(
          'select latest from partitions where topic = ? and partition = ?',
        ).get(topic, partition);
        const base = Number(row?.latest ?? 0);
        const next = base + batch.count;
        this.#sql('insert into batches values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
          topic,
          partition,
          base,
          next,
          Math.floor(batch.firstTimestamp),
          Math.floor(batch.lastTimestamp),
          now,
          batch.bytes,
          batch.codec,
          batch.frame,
        );
        this.#sql(
          `insert into partitions (topic, partition, latest) values (?, ?, ?)
           on conflict do update set latest = excluded.latest`,
        ).run(topic, partition, next);
      }
      for (const [name, sequence] of sequences) {
        const [topic, source] = name.split('\u0000');
        this.#sql(
          `insert into producers values (?, ?, ?, ?)
           on conflict do update set sequence = max(sequence, excluded.sequence)`,
        ).run(id, topic!, source!, sequence);
      }
    });
    this.#appended = true;
  }

  #checkRange(topic: TopicName, partition: number, offset: number): void {
    const range = this.#sql(
      'select earliest, latest from partitions where topic = ? and partition = ?',
    ).get(topic, partition);
    const earliest = Number(range?.earliest ?? 0);
    const latest = Number(range?.latest ?? 0);
    if (offset >= earliest && offset <= latest) return;
    throw new TonearmError(
      'TNA_LOG_OFFSET_OUT_OF_RANGE',
      `Offset ${offset} of ${topic}/${partition} is not in the log, which holds ${earliest} to ${latest}.`,
      {
        remedy: 'Read from the earliest offset, or restore the log.',
        context: { topic, partition, offset },
      },
    );
  }

  #transaction(work: () => void): void {
    try {
      this.#database.exec('begin immediate');
      try {
        work();
        this.#database.exec('commit');
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('rollback');
        throw error;
      }
    } catch (error) {
      throw asLogError(error, this.#path);
    }
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}
