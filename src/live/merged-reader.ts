import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventTopic } from '../../contracts/index.ts';
import { TonearmError } from '../errors.ts';
import type { CommittedOffset, EventLog, PartitionOffsets, RecordBatch } from '../log/port.ts';

/** Bytes held for one partition at a time. */
const fetchBytes = 256 * 1024;
/** The event loop gets its turn after this many records. */
const recordsPerTurn = 1000;

interface Cursor {
  readonly topic: EventTopic;
  readonly partition: number;
  position: number;
  latest: number;
  batch: RecordBatch | undefined;
  index: number;
}

export type OnRecord = (topic: EventTopic, value: Uint8Array | null, timestamp: number) => void;

/** Reads partitions of several topics as one stream in order of receipt. */
export class MergedReader {
  readonly #log: EventLog;
  readonly #topics: readonly EventTopic[];
  readonly #cursors = new Map<string, Cursor>();

  constructor(log: EventLog, topics: readonly EventTopic[]) {
    this.#log = log;
    this.#topics = topics;
  }

  /** Records in the log that have not been handed over, as of the last look. */
  get behind(): number {
    let behind = 0;
    for (const { latest, position, batch, index } of this.#cursors.values()) {
      behind += Math.max(0, latest - position) + (batch === undefined ? 0 : batch.count - index);
    }
    return behind;
  }

  /** Where the reader stands: the next offset of each partition to hand over. */
  get positions(): CommittedOffset[] {
    return [...this.#cursors.values()].map(({ topic, partition, position, batch, index }) => ({
      topic,
      partition,
      nextOffset: batch === undefined ? position : batch.offset(index),
    }));
  }

  /**
   * Looks at the ends of the partitions.
   * @param startAt where to begin a partition that is new to this reader.
   */
  async refresh(startAt: (range: PartitionOffsets) => Promise<number>): Promise<void> {
    for (const range of await this.#log.offsets(this.#topics)) {
      const id = `${range.topic}/${range.partition}`;
      const cursor = this.#cursors.get(id);
      if (cursor !== undefined) {
        cursor.latest = range.latest;
        continue;
      }
      this.#cursors.set(id, {
        topic: range.topic as EventTopic,
        partition: range.partition,
        position: await startAt(range),
        latest: range.latest,
        batch: undefined,
        index: 0,
      });
    }
  }

  /** Hands over all records up to the ends seen by `refresh`, in order of receipt. */
  async drain(onRecord: OnRecord, signal: AbortSignal): Promise<void> {
    const active: Cursor[] = [];
    for (const cursor of this.#cursors.values()) {
      if (cursor.batch !== undefined || (await this.#fill(cursor))) active.push(cursor);
    }
    let handed = 0;
    while (active.length > 0 && !signal.aborted) {
      let oldest = 0;
      let timestamp = Number.POSITIVE_INFINITY;
      for (let index = 0; index < active.length; index += 1) {
        const candidate = active[index]!;
        const time = candidate.batch!.timestamp(candidate.index);
        if (time < timestamp) {
          oldest = index;
          timestamp = time;
        }
      }
      const cursor = active[oldest]!;
      const value = cursor.batch!.value(cursor.index);
      cursor.index += 1;
      onRecord(cursor.topic, value, timestamp);
      if (cursor.index === cursor.batch!.count && !(await this.#fill(cursor))) {
        active.splice(oldest, 1);
      }
      handed += 1;
      if (handed % recordsPerTurn === 0) await nextTurn();
    }
  }

  /** Fetches the next batch of a partition; false when it has no more up to its known end. */
  async #fill(cursor: Cursor): Promise<boolean> {
    cursor.batch = undefined;
    cursor.index = 0;
    while (cursor.position < cursor.latest) {
      const batch = await this.#fetch(cursor);
      if (batch === undefined) return false;
      cursor.position = batch.nextOffset;
      if (batch.count > 0) {
        cursor.batch = batch;
        return true;
      }
    }
    return false;
  }

  async #fetch(cursor: Cursor): Promise<RecordBatch | undefined> {
    const { topic, partition } = cursor;
    try {
      return await this.#log.fetch(topic, partition, cursor.position, fetchBytes);
    } catch (error) {
      if (!(error instanceof TonearmError) || error.code !== outOfRange) throw error;
      const ranges = await this.#log.offsets([topic]);
      const range = ranges.find((candidate) => candidate.partition === partition);
      if (range === undefined || range.earliest <= cursor.position) throw error;
      cursor.position = range.earliest;
      return await this.#log.fetch(topic, partition, cursor.position, fetchBytes);
    }
  }
}

const outOfRange: string = 'TNA_LOG_OFFSET_OUT_OF_RANGE';
