import { topics } from '../../../contracts/index.ts';
import type { KafkaCluster } from './cluster.ts';
import { brokerErrors, hasBrokerError } from './errors.ts';

/** The largest batch a topic takes: a record of some megabytes and its dead letter fit. */
const maxMessageBytes = 8 * 1024 * 1024;
/**
 * Creates the topics of the contracts that are missing, with their partitions and retention
 * and as many replicas as the cluster makes by default. A topic that is
 * there stays as it is: its owner may have given it more partitions or another retention.
 */
export async function createMissingTopics(cluster: KafkaCluster): Promise<void> {
  const { admin } = cluster;
  const there = new Set(await admin.listTopics());
  const missing = Object.entries(topics).filter(([topic]) => !there.has(topic));
  for (const [topic, { partitions, retentionMs }] of missing) {
    try {
      await admin.createTopics({
        topics: [topic],
        partitions,
        configs: [
          { name: 'retention.ms', value: String(retentionMs) },
          { name: 'cleanup.policy', value: 'delete' },
          { name: 'max.message.bytes', value: String(maxMessageBytes) },
          { name: 'message.timestamp.type', value: 'CreateTime' },
        ],
      });
    } catch (error) {
      // Two processes that start together both create the topics.
      if (!hasBrokerError(error, brokerErrors.topicAlreadyExists)) throw error;
    }
  }
}
