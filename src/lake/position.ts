import { type EventTopic, topics } from '../../contracts/index.ts';
import type { LakeTableName } from '../../contracts/lake-tables.ts';

const pattern = /^tonearm\/(?<topic>[^/]+)\/(?<partition>\d+)$/;

/** `txn` application id of a partition: its version is the next offset to read. */
export const positionId = (topic: EventTopic, partition: number): string =>
  `tonearm/${topic}/${partition}`;

/** The partition that an application id stands for; undefined when it is somebody else's. */
export function readPositionId(
  appId: string,
): { topic: EventTopic; partition: number } | undefined {
  const { topic, partition } = pattern.exec(appId)?.groups ?? {};
  return topic === undefined
    ? undefined
    : { topic: topic as EventTopic, partition: Number(partition) };
}

/**
 * The table that says how far a topic has been read: its own, or the dead letters' for a topic
 * that the lake does not keep. The dead letters hold ids of other topics too, which only say
 * how far their letters go.
 */
export const positionTable = (topic: EventTopic): LakeTableName =>
  topics[topic].lake ? (topic as LakeTableName) : 'dead_letters';
