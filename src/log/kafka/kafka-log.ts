import { type TopicName, topics } from '../../../contracts/index.ts';
import type {
  CommittedOffset,
  EventLog,
  LogErasure,
  LogErasureOptions,
  PartitionOffsets,
  Producer,
  RecordBatch,
} from '../port.ts';
import { KafkaCluster } from './cluster.ts';
import { eraseKafkaRecords } from './erase.ts';
import { commitGroupOffsets, committedGroupOffsets } from './group-offsets.ts';
import type { KafkaLocation } from './location.ts';
import { KafkaProducer } from './producer.ts';
import { KafkaReader } from './reader.ts';
import { SchemaRegistry } from './schema-registry.ts';
import { SentNumbers } from './sent-numbers.ts';
import { createMissingTopics } from './topics.ts';
import { KafkaWatch } from './watch.ts';

const topicNames = Object.keys(topics) as TopicName[];
/** Brokers that do not answer a command at its start within this time are not there, ms. */
const firstAnswerMs = 10_000;
/** Once all was well, brokers may be gone this long: a restart, or leaders that move, ms. */
const outageMs = 120_000;
const defaultLingerMs = 50;

export interface KafkaLogOptions {
  readonly clock: () => number;
  /** How long requests are tried again while brokers are away, ms. */
  readonly outageMs?: number;
}

/**
 * The log on Apache Kafka, 2.8 or newer. Readers remember their offsets themselves and see committed records
 * only; producers are idempotent. Retention is the brokers' work.
 */
export class KafkaLog implements EventLog {
  readonly contiguous = false;
  readonly #cluster: KafkaCluster;
  readonly #clock: () => number;
  readonly #reader: KafkaReader;
  readonly #watch: KafkaWatch;
  readonly #registry: SchemaRegistry | undefined;

  constructor(location: KafkaLocation, options: KafkaLogOptions) {
    this.#cluster = new KafkaCluster(location, options.outageMs ?? outageMs);
    this.#clock = options.clock;
    this.#reader = new KafkaReader(this.#cluster, location.schemaRegistry !== undefined);
    this.#registry = location.schemaRegistry && new SchemaRegistry(location.schemaRegistry);
    this.#watch = new KafkaWatch(this.#cluster, () => this.offsets());
  }

  async identity(): Promise<string> {
    return `kafka:${this.#cluster.id}`;
  }

  async prepare(): Promise<void> {
    await this.#cluster.retrying(async () => {
      await createMissingTopics(this.#cluster);
      await this.#cluster.follow(topicNames);
    }, firstAnswerMs);
  }

  async producer(options: { id?: string; lingerMs?: number } = {}): Promise<Producer> {
    return await KafkaProducer.open(this.#cluster, {
      id: options.id ?? '',
      lingerMs: options.lingerMs ?? defaultLingerMs,
      clock: this.#clock,
      sentNumbers: new SentNumbers(this.#reader),
      prefixes: (await this.#registry?.prefixes(topicNames)) ?? new Map(),
    });
  }

  async offsets(names: readonly TopicName[] = []): Promise<PartitionOffsets[]> {
    return await this.#reader.offsets(names.length === 0 ? topicNames : names);
  }

  async fetch(
    topic: TopicName,
    partition: number,
    offset: number,
    maxBytes: number,
  ): Promise<RecordBatch | undefined> {
    return await this.#reader.fetch(topic, partition, offset, maxBytes);
  }

  async offsetForTimestamp(topic: TopicName, partition: number, time: number): Promise<number> {
    return await this.#reader.offsetForTimestamp(topic, partition, time);
  }

  async waitForAppend(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return await this.#watch.wait(timeoutMs, signal);
  }

  async commitOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    await commitGroupOffsets(this.#cluster, group, offsets);
  }

  async committedOffsets(group: string): Promise<CommittedOffset[]> {
    return await committedGroupOffsets(this.#cluster, group);
  }

  async erase(options: LogErasureOptions): Promise<LogErasure> {
    return await eraseKafkaRecords(this.#cluster, this.#reader, topicNames, options, this.#clock());
  }

  /** The brokers delete by each topic's retention.ms; there is nothing to do here. */
  async enforceRetention(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    await this.#cluster.close();
  }
}
