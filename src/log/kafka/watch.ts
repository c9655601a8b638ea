import type { TopicName } from '../../../contracts/index.ts';
import type { PartitionOffsets } from '../port.ts';
import type { KafkaCluster } from './cluster.ts';
import { type FetchedPartition, fetchPartitions } from './requests.ts';

/** A broker answers a waiting request at the latest after this time, ms. */
const longPollMs = 1000;
const pauseAfterErrorMs = 200;

/**
 * Notices appends: for each broker one request is open that the broker answers as soon as one of its
 * partitions has something new.
 */
export class KafkaWatch {
  readonly #cluster: KafkaCluster;
  readonly #offsets: () => Promise<PartitionOffsets[]>;
  /** Ends of the partitions as far as they were noticed; undefined before the first look. */
  #ends: Map<string, PartitionOffsets> | undefined;
  #appended = false;
  readonly #polls = new Map<number, Promise<void>>();
  #wake: (() => void) | undefined;

  /** @param offsets the ends of all partitions, as of now. */
  constructor(cluster: KafkaCluster, offsets: () => Promise<PartitionOffsets[]>) {
    this.#cluster = cluster;
    this.#offsets = offsets;
  }

  /** See `EventLog.waitForAppend`. */
  async wait(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const until = performance.now() + timeoutMs;
    if (this.#ends === undefined) await this.#look();
    else if (timeoutMs === 0) this.#appended = (await this.#look()) || this.#appended;
    let timer: NodeJS.Timeout | undefined;
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = () => resolve();
      timer = setTimeout(end, Math.max(0, timeoutMs));
      signal?.addEventListener('abort', end, { once: true });
    });
    try {
      while (!this.#appended) {
        if (this.#cluster.closed || signal?.aborted || performance.now() >= until) return false;
        this.#poll();
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        await Promise.race([woken, over]);
      }
      this.#appended = false;
      return true;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      this.#wake = undefined;
    }
  }

  /** Asks for the ends; true when one has moved. */
  async #look(): Promise<boolean> {
    const before = this.#ends;
    const ranges = await this.#offsets();
    this.#ends = new Map(ranges.map((range) => [`${range.topic}/${range.partition}`, range]));
    return (
      before !== undefined &&
      ranges.some(
        (range) => range.latest > (before.get(`${range.topic}/${range.partition}`)?.latest ?? 0),
      )
    );
  }

  /** Opens a request to each broker that has none. */
  #poll(): void {
    let nodes: Map<number, PartitionOffsets[]>;
    try {
      nodes = Map.groupBy(
        this.#ends!.values(),
        ({ topic, partition }) => this.#cluster.leader(topic, partition).node,
      );
    } catch {
      nodes = new Map();
      this.#open(-1, Promise.reject(new Error('a partition has no leader')));
    }
    for (const [node, ranges] of nodes) {
      if (!this.#polls.has(node)) this.#open(node, this.#ask(node, ranges));
    }
  }

  #open(node: number, request: Promise<void>): void {
    if (this.#polls.has(node)) {
      request.catch(() => undefined);
      return;
    }
    const poll = request
      .catch(async () => {
        // The broker went away or leads no more: look around, then go on.
        await this.#cluster.pause(pauseAfterErrorMs);
        await this.#cluster.refresh().catch(() => undefined);
        if (!this.#cluster.closed && (await this.#look().catch(() => false))) this.#appended = true;
      })
      .finally(() => {
        this.#polls.delete(node);
        this.#wake?.();
      });
    this.#polls.set(node, poll);
  }

  async #ask(node: number, ranges: readonly PartitionOffsets[]): Promise<void> {
    const connection = await this.#cluster.connection(node, 'wait');
    const answers = await fetchPartitions(
      connection,
      ranges.map(({ topic, partition, latest }) => ({
        topic,
        partition,
        leaderEpoch: this.#cluster.leader(topic, partition).epoch,
        offset: latest,
        maxBytes: 1,
      })),
      { waitMs: longPollMs, maxBytes: 1 },
    );
    for (const answer of answers) this.#note(answer);
  }

  #note({ topic, partition, errorCode, lastStableOffset }: FetchedPartition): void {
    const id = `${topic}/${partition}`;
    if (errorCode !== 0) throw new Error(`${id}: error ${errorCode}`);
    const known = this.#ends?.get(id);
    if (known !== undefined && lastStableOffset <= known.latest) return;
    this.#ends?.set(id, {
      topic: topic as TopicName,
      partition,
      earliest: known?.earliest ?? 0,
      latest: lastStableOffset,
    });
    this.#appended = true;
  }
}
