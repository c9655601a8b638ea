import type { TopicName } from '../../contracts/index.ts';
import { topics } from '../../contracts/index.ts';
import { BatchBuilder } from './batch-codec.ts';
import { Partitioner } from './partitioner.ts';
import type { OutgoingRecord, Producer } from './port.ts';

const flushBytes = 4 << 20;

/** One partition's records of a flush. */
export interface OutgoingBatch {
  readonly topic: TopicName;
  readonly partition: number;
  readonly count: number;
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
  readonly frame: Buffer;
}

export interface ProducerStore {
  /** Stores the batches in one durable transaction, and the sequences with them. */
  append(batches: OutgoingBatch[], sequences: Map<string, number>): void;
  /** Last sequence stored for a topic and source. */
  lastSequence(topic: TopicName, source: string): number;
}

/** Gathers records and appends them to the log, all partitions in one transaction. */
export class EmbeddedProducer implements Producer {
  readonly #store: ProducerStore;
  readonly #clock: () => number;
  readonly #lingerMs: number;
  readonly #partitioners = new Map<TopicName, Partitioner>();
  readonly #builders = new Map<TopicName, (BatchBuilder | undefined)[]>();
  #sequences = new Map<string, number>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #failure: unknown;

  constructor(store: ProducerStore, clock: () => number, lingerMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#lingerMs = lingerMs;
  }

  send(topic: TopicName, record: OutgoingRecord): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (record.sequence !== undefined && !this.#isNew(topic, record.sequence)) return;
    let partitioner = this.#partitioners.get(topic);
    let builders = this.#builders.get(topic);
    if (partitioner === undefined || builders === undefined) {
      partitioner = new Partitioner(topics[topic].partitions);
      builders = [];
      this.#partitioners.set(topic, partitioner);
      this.#builders.set(topic, builders);
    }
    const partition = partitioner.partition(record.key);
    builders[partition] ??= new BatchBuilder();
    const builder = builders[partition];
    const before = builder.valueBytes;
    builder.add(record.key, record.value, record.timestamp ?? this.#clock());
    this.#bytes += builder.valueBytes - before + 32;
    if (this.#bytes >= flushBytes) this.#append();
    else this.#timer ??= setTimeout(() => this.#appendLater(), this.#lingerMs);
  }

  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#append();
  }

  async close(): Promise<void> {
    await this.flush();
  }

  #isNew(topic: TopicName, { source, number }: { source: string; number: number }): boolean {
    const name = `${topic}\u0000${source}`;
    const last = this.#sequences.get(name) ?? this.#store.lastSequence(topic, source);
    if (number <= last) return false;
    this.#sequences.set(name, number);
    return true;
  }

  #appendLater(): void {
    try {
      this.#append();
    } catch (error) {
      // Kept for the next call: a timer has nobody to tell.
      this.#failure = error;
    }
  }

  #append(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#bytes === 0) return;
    const batches: OutgoingBatch[] = [];
    for (const [topic, builders] of this.#builders) {
      for (const [partition, builder] of builders.entries()) {
        if (builder === undefined || builder.count === 0) continue;
        const { count, firstTimestamp, lastTimestamp } = builder;
        batches.push({
          topic,
          partition,
          count,
          firstTimestamp,
          lastTimestamp,
          frame: builder.take(),
        });
      }
    }
    const sequences = this.#sequences;
    this.#sequences = new Map();
    this.#bytes = 0;
    this.#store.append(batches, sequences);
  }
}
