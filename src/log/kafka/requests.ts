import {
  type Connection,
  createAPI,
  fetchV12,
  listOffsetsV7,
  type Reader,
  readKnownTaggedFields,
  Writer,
} from '@platformatic/kafka';
import type { AbortedTransaction } from './record-batches.ts';

/** Records of committed transactions and of none: up to the last stable offset. */
const readCommitted = 1;
const allReplicas = -1;
const bigNumber = 2 ** 31 - 1;

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Kafka's error code; 0 is none. */
  readonly errorCode: number;
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Batches as they are stored. */
  readonly records: Buffer;
}

export interface PartitionToFetch {
  readonly topic: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly offset: number;
  readonly maxBytes: number;
}

/** Fetch version 12, whose records stay bytes: the client's own reading of them is slower and not exact. */
const fetchApi = createAPI<unknown[], FetchedPartition[]>(
  1,
  12,
  fetchV12.createRequest,
  (_correlation, _key, _version, reader) => parseFetched(reader),
);

function parseFetched(reader: Reader): FetchedPartition[] {
  const fetched: FetchedPartition[] = [];
  reader.readInt32();
  reader.readInt16();
  reader.readInt32();
  reader.readArray((r) => {
    const topic = r.readString();
    r.readArray(
      (part) => {
        const partition = part.readInt32();
        const errorCode = part.readInt16();
        part.readInt64();
        const lastStableOffset = Number(part.readInt64());
        part.readInt64();
        const aborted = part.readNullableArray((one) => ({
          producerId: one.readInt64(),
          firstOffset: Number(one.readInt64()),
        }));
        part.readInt32();
        // Compact bytes: the length is written plus one, and zero is null.
        const length = Math.max(0, part.readUnsignedVarInt() - 1);
        const records = part.buffer.slice(part.position, part.position + length);
        part.skip(length);
        part.readTaggedFields();
        fetched.push({
          topic,
          partition,
          errorCode,
          lastStableOffset,
          aborted: aborted ?? [],
          records,
        });
      },
      true,
      false,
    );
  });
  return fetched;
}

/** Reads partitions that a broker leads. With `waitMs` the broker answers when there is something, or then. */
export function fetchPartitions(
  connection: Connection,
  partitions: readonly PartitionToFetch[],
  options: { readonly waitMs: number; readonly maxBytes?: number },
): Promise<FetchedPartition[]> {
  const topics = groupByTopic(partitions).map(([topicId, parts]) => ({
    topicId,
    partitions: parts.map((part) => ({
      partition: part.partition,
      currentLeaderEpoch: part.leaderEpoch,
      fetchOffset: BigInt(part.offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: part.maxBytes,
    })),
  }));
  const { waitMs, maxBytes = bigNumber } = options;
  return fetchApi.async(connection, waitMs, 1, maxBytes, readCommitted, 0, -1, topics, [], '');
}

export interface ListedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** -1 when there is no record at or after the time asked for. */
  readonly offset: number;
}

export const earliest = -2;
export const latest = -1;

const listOffsetsApi = createAPI<unknown[], ListedOffset[]>(
  2,
  7,
  listOffsetsV7.createRequest,
  (_correlation, _key, _version, reader) => {
    const listed: ListedOffset[] = [];
    reader.readInt32();
    reader.readArray((r) => {
      const topic = r.readString();
      r.readArray((part) => {
        const partition = part.readInt32();
        const errorCode = part.readInt16();
        part.readInt64();
        listed.push({ topic, partition, errorCode, offset: Number(part.readInt64()) });
        part.readInt32();
      });
    });
    return listed;
  },
);

/**
 * Offsets of partitions that a broker leads.
 * @param time ms since the epoch for the first record at or after it, or `earliest` or `latest` (last stable).
 */
export function listOffsets(
  connection: Connection,
  partitions: readonly Pick<PartitionToFetch, 'topic' | 'partition' | 'leaderEpoch'>[],
  time: number,
): Promise<ListedOffset[]> {
  const topics = groupByTopic(partitions).map(([name, parts]) => ({
    name,
    partitions: parts.map((part) => ({
      partitionIndex: part.partition,
      currentLeaderEpoch: part.leaderEpoch,
      timestamp: BigInt(time),
    })),
  }));
  return listOffsetsApi.async(connection, allReplicas, readCommitted, topics);
}

export interface BatchToProduce {
  readonly topic: string;
  readonly partition: number;
  readonly frame: Buffer;
}

export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

const acknowledgedByAll = -1;

/** Produce version 9, with batches framed by us. */
const produceApi = createAPI<[number, readonly BatchToProduce[]], ProducedBatch[]>(
  0,
  9,
  (timeoutMs: number, batches: readonly BatchToProduce[]) =>
    Writer.create()
      .appendString(null)
      .appendInt16(acknowledgedByAll)
      .appendInt32(timeoutMs)
      .appendArray(groupByTopic(batches), (writer, [topic, parts]) => {
        writer.appendString(topic).appendArray(parts, (w, { partition, frame }) => {
          w.appendInt32(partition)
            .appendUnsignedVarInt(frame.length + 1)
            .append(frame);
        });
      })
      .appendTaggedFields(),
  (_correlation, _key, _version, reader) => {
    const produced: ProducedBatch[] = [];
    reader.readArray((r) => {
      const topic = r.readString();
      r.readArray((part) => {
        produced.push({ topic, partition: part.readInt32(), errorCode: part.readInt16() });
        part.readInt64();
        part.readInt64();
        part.readInt64();
        part.readArray((one) => {
          one.readInt32();
          one.readNullableString();
        });
        part.readNullableString();
      });
    });
    reader.readInt32();
    readKnownTaggedFields(reader, {});
    return produced;
  },
);

/** Stores batches in partitions that a broker leads, one a partition; all replicas in sync must have them. */
export function produceBatches(
  connection: Connection,
  batches: readonly BatchToProduce[],
  timeoutMs: number,
): Promise<ProducedBatch[]> {
  return produceApi.async(connection, timeoutMs, batches);
}

function groupByTopic<T extends { readonly topic: string }>(items: readonly T[]): [string, T[]][] {
  return [...Map.groupBy(items, (item) => item.topic)];
}
