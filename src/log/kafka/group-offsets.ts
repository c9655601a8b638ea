import type { TopicName } from '../../../contracts/index.ts';
import type { CommittedOffset } from '../port.ts';
import type { KafkaCluster } from './cluster.ts';

const commitRetryMs = 5000;

/**
 * Committed offsets of a consumer group without members: its reader takes every partition by itself, so there
 * is nothing to share out, and Kafka's own tools still show how far it lags.
 */
export async function commitGroupOffsets(
  cluster: KafkaCluster,
  group: string,
  offsets: readonly CommittedOffset[],
): Promise<void> {
  const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, parts]) => ({
    name,
    partitionOffsets: parts.map(({ partition, nextOffset }) => ({
      partition,
      offset: BigInt(nextOffset),
    })),
  }));
  if (topics.length === 0) return;
  // Newer offsets follow soon: a coordinator that is away is not waited for long.
  await cluster.retrying(
    () => cluster.admin.alterConsumerGroupOffsets({ groupId: group, topics }),
    commitRetryMs,
  );
}

/** What a group has committed, in order of topic and partition. */
export async function committedGroupOffsets(
  cluster: KafkaCluster,
  group: string,
): Promise<CommittedOffset[]> {
  const groups = await cluster.retrying(() =>
    cluster.admin.listConsumerGroupOffsets({ groups: [group] }),
  );
  return groups
    .flatMap(({ topics }) => topics)
    .flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }) => ({
        topic: name as TopicName,
        partition: partitionIndex,
        nextOffset: Number(committedOffset),
      })),
    )
    .filter(({ nextOffset }) => nextOffset >= 0)
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}
