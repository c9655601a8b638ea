import type { TopicName } from '../../../contracts/index.ts';
import type { LogErasure, LogErasureOptions } from '../port.ts';
import type { KafkaCluster } from './cluster.ts';
import type { KafkaReader } from './reader.ts';

const fetchBytes = 4 * 1024 * 1024;
/** `ConfigResource.Type.TOPIC`. */
const topicResource = 2;
/**
 * Brokers look for segments to delete every five minutes and remove their files a minute later
 * (`log.retention.check.interval.ms`, `log.segment.delete.delay.ms`).
 */
const deletionDelayMs = 6 * 60_000;

interface Found {
  readonly topic: TopicName;
  readonly partition: number;
  /** Offset after the last record that is meant. */
  end: number;
  records: number;
  /** Records beyond what readers have read. */
  beyond: number;
}

/**
 * Kafka can't take a record out of the middle of a partition, and tombstones mean nothing to a topic that is
 * not compacted. What it can do is move a partition's beginning (DeleteRecords): everything before is
 * not readable from that moment, and the segments that lie before it as a whole are deleted. The newest
 * segment stays until it is rolled: by a record that comes once it is old enough, or by the topic's retention.
 */
export async function eraseKafkaRecords(
  cluster: KafkaCluster,
  reader: KafkaReader,
  topics: readonly TopicName[],
  options: LogErasureOptions,
  now: number,
): Promise<LogErasure> {
  const erased: Record<string, number> = {};
  const readable: Record<string, number> = {};
  const found = await findRecords(reader, topics, options);
  const moves = found.flatMap((place) => {
    const { topic, partition, end, records, beyond } = place;
    if (beyond > 0) readable[topic] = (readable[topic] ?? 0) + beyond;
    if (records === beyond) return [];
    erased[topic] = (erased[topic] ?? 0) + records - beyond;
    const offset = Math.min(end, options.readUpTo(topic, partition));
    return [{ topic, partition, offset }];
  });
  if (moves.length === 0) return { erased, readable, bytesUntil: undefined };
  await cluster.retrying(async () => {
    await cluster.admin.deleteRecords({
      topics: [...Map.groupBy(moves, ({ topic }) => topic)].map(([name, parts]) => ({
        name,
        partitions: parts.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
      })),
    });
  });
  const touched = [...new Set(moves.map(({ topic }) => topic))];
  return { erased, readable, bytesUntil: now + (await longestStay(cluster, touched)) };
}

async function findRecords(
  reader: KafkaReader,
  topics: readonly TopicName[],
  { isMeant, readUpTo }: LogErasureOptions,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const { topic, partition, earliest, latest } of await reader.offsets(topics)) {
    const place: Found = { topic, partition, end: 0, records: 0, beyond: 0 };
    const readers = readUpTo(topic, partition);
    for (let offset = earliest; offset < latest; ) {
      const batch = await reader.fetch(topic, partition, offset, fetchBytes);
      if (batch === undefined) break;
      for (let index = 0; index < batch.count; index += 1) {
        if (!isMeant(batch.key(index), batch.value(index))) continue;
        place.records += 1;
        if (batch.offset(index) >= readers) place.beyond += 1;
        else place.end = batch.offset(index) + 1;
      }
      offset = batch.nextOffset;
    }
    if (place.records > 0) found.push(place);
  }
  return found;
}

/** How long bytes can stay in these topics at most: a segment takes records until it is rolled, the last of which must age. */
async function longestStay(cluster: KafkaCluster, topics: readonly string[]): Promise<number> {
  const described = await cluster.retrying(() =>
    cluster.admin.describeConfigs({
      resources: topics.map((resourceName) => ({
        resourceType: topicResource,
        resourceName,
        configurationKeys: ['retention.ms', 'segment.ms'],
      })),
    }),
  );
  const stays = described.map(({ configs }) => {
    const value = (name: string) => {
      const number = Number(configs.find((one) => one.name === name)?.value ?? Number.NaN);
      return number >= 0 ? number : Number.POSITIVE_INFINITY;
    };
    return value('retention.ms') + value('segment.ms');
  });
  return Math.max(...stays) + deletionDelayMs;
}
