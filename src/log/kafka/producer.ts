import { initProducerIdV4 } from '@platformatic/kafka';
import { type TopicName, topics } from '../../../contracts/index.ts';
import { TonearmError } from '../../errors.ts';
import { Partitioner } from '../partitioner.ts';
import type { OutgoingRecord, Producer } from '../port.ts';
import { PartitionQueue, type QueuedBatch } from './accumulator.ts';
import type { KafkaCluster } from './cluster.ts';
import { BrokerError, brokerErrors, isPassingError } from './errors.ts';
import { frameBatch, type RecordHeader } from './record-writer.ts';
import { receivedAtHeader } from './records.ts';
import { type BatchToProduce, produceBatches } from './requests.ts';
import { numberHeader, producerHeader, type SentNumbers, sourceHeader } from './sent-numbers.ts';

/** Most bytes held, before compression: `send` asks the caller to wait above it. */
const bufferBytes = 32 * 1024 * 1024;
const brokerTimeoutMs = 15_000;
/** A record's own time may be ahead by this much; brokers refuse more than an hour. */
const aheadMs = 30 * 60_000;
/** A record that was received longer ago than this is told apart from one that waits. */
const behindMs = 60_000;
const none: readonly RecordHeader[] = [];

export interface KafkaProducerOptions {
  readonly id: string;
  readonly lingerMs: number;
  readonly clock: () => number;
  readonly sentNumbers: SentNumbers;
  /** What stands before each value of a topic. */
  readonly prefixes: ReadonlyMap<TopicName, Uint8Array>;
}

/**
 * Writes records with acks=all, idempotently: each batch has the producer's id and a sequence number that it
 * keeps over every try, so a batch whose acknowledgement was lost is stored once. One batch a partition is on
 * the wire at a time, which keeps the order without more bookkeeping.
 *
 * Brokers count retention from a record's own time, and it shows how long a record waits for the sink. A record
 * that was received before (simulated history) or lies ahead would be deleted or refused at once, or look as if it
 * had waited since, so its own time is that of sending, and the time of receipt is in the header `tonearm-received-at`, where the reader takes it from.
 *
 * A record with a `sequence` carries it in headers. Before the first such record, the newest records of the topic
 * are read back to learn what an earlier process with the same id has stored. This leaves out what a crashed
 * sink had sent, but it is no fence: when the earlier process still runs and writes after that look, or more
 * letters than are looked at lie between, the topic holds a record twice. The lake's table holds it once.
 */
export class KafkaProducer implements Producer {
  readonly #cluster: KafkaCluster;
  readonly #options: KafkaProducerOptions;
  readonly #partitioners = new Map<TopicName, Partitioner>();
  readonly #queues = new Map<TopicName, PartitionQueue[]>();
  #identity: { readonly id: bigint; readonly epoch: number };
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending = false;
  #failure: unknown;
  #waiting: (() => void)[] = [];

  private constructor(
    cluster: KafkaCluster,
    options: KafkaProducerOptions,
    identity: { id: bigint; epoch: number },
  ) {
    this.#cluster = cluster;
    this.#options = options;
    this.#identity = identity;
  }

  static async open(cluster: KafkaCluster, options: KafkaProducerOptions): Promise<KafkaProducer> {
    return new KafkaProducer(cluster, options, await newIdentity(cluster));
  }

  send(topic: TopicName, record: OutgoingRecord): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (record.sequence === undefined) return this.#add(topic, record, none);
    return this.#addOnce(topic, record, record.sequence);
  }

  async flush(): Promise<void> {
    for (const queues of this.#queues.values()) for (const queue of queues) queue.close();
    this.#start();
    while (this.#failure === undefined && this.#bytes > 0) await this.#progress();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.flush();
  }

  async #addOnce(
    topic: TopicName,
    record: OutgoingRecord,
    { source, number }: { source: string; number: number },
  ): Promise<void> {
    const { id, sentNumbers } = this.#options;
    if (!(await sentNumbers.isNew(id, topic, source, number))) return;
    await this.#add(topic, record, [
      { key: producerHeader, value: id },
      { key: sourceHeader, value: source },
      { key: numberHeader, value: String(number) },
    ]);
  }

  #add(
    topic: TopicName,
    record: OutgoingRecord,
    headers: readonly RecordHeader[],
  ): void | Promise<void> {
    let partitioner = this.#partitioners.get(topic);
    let queues = this.#queues.get(topic);
    if (partitioner === undefined || queues === undefined) {
      const count = this.#cluster.partitions(topic);
      partitioner = new Partitioner(count);
      queues = Array.from(
        { length: count },
        (_, number) => new PartitionQueue(topic, number, this.#options.prefixes.get(topic)),
      );
      this.#partitioners.set(topic, partitioner);
      this.#queues.set(topic, queues);
    }
    const queue = queues[partitioner.partition(record.key)]!;
    const now = this.#options.clock();
    let timestamp = Math.floor(record.timestamp ?? now);
    let all = headers;
    const behind = Math.min(behindMs, topics[topic].retentionMs / 2);
    if (timestamp < now - behind || timestamp > now + aheadMs) {
      all = [...headers, { key: receivedAtHeader, value: String(timestamp) }];
      timestamp = Math.floor(now);
    }
    this.#bytes += queue.add(record.key, record.value, timestamp, all);
    if (queue.batches.length > 0) this.#start();
    else this.#timer ??= setTimeout(() => this.#closeBatches(), this.#options.lingerMs);
    if (this.#bytes >= bufferBytes) return this.#untilRoom();
  }

  #closeBatches(): void {
    this.#timer = undefined;
    for (const queues of this.#queues.values()) for (const queue of queues) queue.close();
    this.#start();
  }

  async #untilRoom(): Promise<void> {
    for (const queues of this.#queues.values()) for (const queue of queues) queue.close();
    this.#start();
    while (this.#failure === undefined && this.#bytes >= bufferBytes / 2) await this.#progress();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when a batch was stored or all failed. */
  #progress(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Sends what is ready until nothing is left. */
  #start(): void {
    if (this.#sending || this.#failure !== undefined) return;
    this.#sending = true;
    void this.#sendAll()
      .catch((error) => {
        // Kept for the next call: nobody waits for this one.
        this.#failure = error;
      })
      .finally(() => {
        this.#sending = false;
        this.#wakeWaiting();
        if (this.#ready().length > 0) this.#start();
      });
  }

  #ready(): PartitionQueue[] {
    return [...this.#queues.values()].flat().filter((queue) => queue.batches.length > 0);
  }

  async #sendAll(): Promise<void> {
    for (let queues = this.#ready(); queues.length > 0; queues = this.#ready()) {
      await this.#cluster.retrying(() =>
        this.#sendFirstBatches(queues.filter((queue) => queue.batches.length > 0)),
      );
    }
  }

  /** Sends the first batch of each partition, one request to each broker; fails when any must be tried again. */
  async #sendFirstBatches(queues: readonly PartitionQueue[]): Promise<void> {
    const sent = new Map<PartitionQueue, QueuedBatch>();
    for (const queue of queues) {
      const batch = queue.batches[0]!;
      if (batch.sequence === undefined) {
        batch.sequence = queue.nextSequence;
        queue.nextSequence = (queue.nextSequence + batch.encoded.count) % 2 ** 31;
      }
      sent.set(queue, batch);
    }
    const byNode = Map.groupBy(
      sent.keys(),
      (queue) => this.#cluster.leader(queue.topic, queue.partition).node,
    );
    const results = await Promise.allSettled(
      [...byNode].map(([node, parts]) => this.#sendTo(node, parts, sent)),
    );
    const failed = results.filter((result) => result.status === 'rejected');
    // What will not pass tells more than what may.
    const worst = failed.find(({ reason }) => !isPassingError(reason)) ?? failed[0];
    if (worst !== undefined) throw worst.reason;
  }

  async #sendTo(
    node: number,
    queues: readonly PartitionQueue[],
    sent: ReadonlyMap<PartitionQueue, QueuedBatch>,
  ): Promise<void> {
    const connection = await this.#cluster.connection(node, 'write');
    const batches: BatchToProduce[] = queues.map((queue) => {
      const { encoded, sequence } = sent.get(queue)!;
      const frame = frameBatch(encoded, { ...this.#identity, sequence: sequence! });
      return { topic: queue.topic, partition: queue.partition, frame };
    });
    const answers = await produceBatches(connection, batches, brokerTimeoutMs);
    let failure: unknown;
    for (const { topic, partition, errorCode } of answers) {
      const queue = queues.find((one) => one.topic === topic && one.partition === partition)!;
      if (errorCode === 0 || errorCode === brokerErrors.duplicateSequence) {
        queue.batches.shift();
        this.#bytes -= sent.get(queue)!.bytes;
      } else failure = await this.#refused(queue, errorCode);
    }
    this.#wakeWaiting();
    if (failure !== undefined) throw failure;
  }

  async #refused({ topic, partition }: PartitionQueue, errorCode: number): Promise<unknown> {
    const place = `${topic}/${partition}`;
    if (
      errorCode === brokerErrors.messageTooLarge ||
      errorCode === brokerErrors.recordListTooLarge
    ) {
      return new TonearmError(
        'TNA_LOG_RECORD_TOO_LARGE',
        `A record for ${place} is larger than the topic takes.`,
        { remedy: 'Raise max.message.bytes of the topic, or leave the record out.' },
      );
    }
    if (
      errorCode === brokerErrors.outOfOrderSequence ||
      errorCode === brokerErrors.unknownProducerId ||
      errorCode === brokerErrors.invalidProducerEpoch
    ) {
      // The broker no longer knows this producer (its state expired, or was lost): begin as a new one. Only if
      // it had stored the batch and lost that state too is the batch stored twice.
      this.#identity = await newIdentity(this.#cluster);
      for (const queue of [...this.#queues.values()].flat()) {
        queue.nextSequence = 0;
        for (const batch of queue.batches) batch.sequence = undefined;
      }
      return new Error(`${place}: the producer was given a new identity`);
    }
    return new BrokerError(errorCode, place);
  }
}

async function newIdentity(cluster: KafkaCluster): Promise<{ id: bigint; epoch: number }> {
  return await cluster.retrying(async () => {
    const [node] = [...(await cluster.admin.metadata({ topics: [] })).brokers.keys()];
    const connection = await cluster.connection(node!, 'write');
    const { producerId, producerEpoch } = await initProducerIdV4.api.async(
      connection,
      null,
      brokerTimeoutMs,
      -1n,
      -1,
    );
    return { id: producerId, epoch: producerEpoch };
  });
}
