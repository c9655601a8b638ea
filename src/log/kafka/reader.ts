import type { TopicName } from '../../../contracts/index.ts';
import { TonearmError } from '../../errors.ts';
import type { PartitionOffsets } from '../port.ts';
import type { KafkaCluster } from './cluster.ts';
import { BrokerError, brokerErrors } from './errors.ts';
import { CommittedBatches } from './record-batches.ts';
import { KafkaRecords } from './records.ts';
import {
  earliest,
  type FetchedPartition,
  fetchPartitions,
  latest,
  listOffsets,
} from './requests.ts';

/** Records are compressed on the wire: this share of what is wanted is asked for. */
const compressionRatio = 4;
/** Batches that were fetched and not handed out yet are kept for this many partitions. */
const keptPartitions = 64;

interface Remainder {
  /** Offset that the next call must ask for. */
  readonly offset: number;
  readonly batches: CommittedBatches;
}

/**
 * Reads partitions from offsets that the caller remembers; no consumer group is joined. Only records of
 * committed transactions, and of none, are handed out.
 */
export class KafkaReader {
  readonly #cluster: KafkaCluster;
  readonly #framed: boolean;
  readonly #remainders = new Map<string, Remainder>();

  /** @param framed values are in Confluent's wire format. */
  constructor(cluster: KafkaCluster, framed: boolean) {
    this.#cluster = cluster;
    this.#framed = framed;
  }

  /** See `EventLog.fetch`. The batch has no records, but moves on, where only markers and rolled back records lie. */
  async fetch(
    topic: TopicName,
    partition: number,
    offset: number,
    maxBytes: number,
  ): Promise<KafkaRecords | undefined> {
    const id = `${topic}/${partition}`;
    const kept = this.#remainders.get(id);
    this.#remainders.delete(id);
    let batches = kept?.offset === offset ? kept.batches : undefined;
    let next = offset;
    for (;;) {
      if (batches === undefined) {
        const { records, aborted } = await this.#request(topic, partition, next, maxBytes);
        if (records.length === 0) {
          return next > offset ? new KafkaRecords(topic, partition, [], offset, next) : undefined;
        }
        batches = new CommittedBatches(records, aborted);
      }
      const taken = take(batches, next, maxBytes);
      next = taken.next;
      const records = new KafkaRecords(topic, partition, taken.batches, offset, next, this.#framed);
      if (records.count > 0) {
        if (!taken.exhausted) this.#keep(id, { offset: next, batches });
        return records;
      }
      if (taken.exhausted) batches = undefined;
    }
  }

  /** Range of each partition that can be read. The end is the last stable offset: open transactions lie behind it. */
  async offsets(topics: readonly TopicName[]): Promise<PartitionOffsets[]> {
    const [first, last] = await Promise.all([
      this.#list(topics, earliest),
      this.#list(topics, latest),
    ]);
    return [...first].map(([id, offset]) => {
      const [topic, partition] = id.split('/');
      return {
        topic: topic as TopicName,
        partition: Number(partition),
        earliest: offset,
        latest: Math.max(offset, last.get(id) ?? offset),
      };
    });
  }

  /** First offset whose record's own time is at or after a time; the end where there is none. */
  async offsetForTimestamp(topic: TopicName, partition: number, time: number): Promise<number> {
    const found = await this.#list([topic], Math.max(0, Math.ceil(time)), partition);
    const offset = found.get(`${topic}/${partition}`)!;
    if (offset >= 0) return offset;
    return (await this.#list([topic], latest, partition)).get(`${topic}/${partition}`)!;
  }

  #keep(id: string, remainder: Remainder): void {
    this.#remainders.set(id, remainder);
    if (this.#remainders.size <= keptPartitions) return;
    const [oldest] = this.#remainders.keys();
    this.#remainders.delete(oldest!);
  }

  #request(
    topic: TopicName,
    partition: number,
    offset: number,
    maxBytes: number,
  ): Promise<FetchedPartition> {
    const place = `${topic}/${partition}`;
    return this.#cluster.retrying(async () => {
      const { node, epoch } = this.#cluster.leader(topic, partition);
      const connection = await this.#cluster.connection(node, 'read');
      const [answer] = await fetchPartitions(
        connection,
        [
          {
            topic,
            partition,
            leaderEpoch: epoch,
            offset,
            maxBytes: Math.ceil(maxBytes / compressionRatio),
          },
        ],
        { waitMs: 0 },
      );
      if (answer === undefined) throw new Error(`${place}: the broker gave an empty answer`);
      if (answer.errorCode === brokerErrors.offsetOutOfRange) {
        throw await this.#outOfRange(topic, partition, offset);
      }
      if (answer.errorCode !== 0) throw new BrokerError(answer.errorCode, place);
      return answer;
    });
  }

  async #outOfRange(topic: TopicName, partition: number, offset: number): Promise<TonearmError> {
    const ranges = await this.offsets([topic]);
    const range = ranges.find((one) => one.partition === partition);
    return new TonearmError(
      'TNA_LOG_OFFSET_OUT_OF_RANGE',
      `Offset ${offset} of ${topic}/${partition} is not in the log, which holds ${range?.earliest} to ${range?.latest}.`,
      {
        remedy: 'Read from the earliest offset, or restore the log.',
        context: { topic, partition, offset },
      },
    );
  }

  /** Offsets by `topic/partition`, one request for each broker. */
  #list(topics: readonly TopicName[], time: number, only?: number): Promise<Map<string, number>> {
    return this.#cluster.retrying(async () => {
      const places = topics.flatMap((topic) =>
        Array.from({ length: this.#cluster.partitions(topic) }, (_, partition) => {
          const { node, epoch } = this.#cluster.leader(topic, partition);
          return { topic, partition, node, leaderEpoch: epoch };
        }).filter((place) => only === undefined || place.partition === only),
      );
      const offsets = new Map(places.map(({ topic, partition }) => [`${topic}/${partition}`, -1]));
      const asked = [...Map.groupBy(places, (place) => place.node)].map(async ([node, parts]) => {
        const connection = await this.#cluster.connection(node, 'read');
        for (const { topic, partition, errorCode, offset } of await listOffsets(
          connection,
          parts,
          time,
        )) {
          if (errorCode !== 0) throw new BrokerError(errorCode, `${topic}/${partition}`);
          offsets.set(`${topic}/${partition}`, offset);
        }
      });
      await Promise.all(asked);
      return offsets;
    });
  }
}

/** Takes batches up to a size, leaving out what must not be seen. */
function take(batches: CommittedBatches, from: number, maxBytes: number) {
  const taken: ConstructorParameters<typeof KafkaRecords>[2][number][] = [];
  let next = from;
  let bytes = 0;
  while (bytes < maxBytes || taken.length === 0) {
    const found = batches.next();
    if (found === undefined) return { batches: taken, next, exhausted: true };
    const { batch, committed } = found;
    next = Math.max(next, batch.lastOffset + 1);
    if (!committed || batch.lastOffset < from) continue;
    const records = batch.records();
    bytes += records.length;
    taken.push({ batch, records });
  }
  return { batches: taken, next, exhausted: false };
}
