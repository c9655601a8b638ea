import { contractVersion, schemaDocument } from './generate-json-schema.ts';
import { type TopicName, topics } from './index.ts';

/** The AsyncAPI 3.0 document of all topics. */
export function asyncApi(): Record<string, unknown> {
  const names = Object.keys(topics) as TopicName[];
  const message = (topic: TopicName) => ({
    name: topic,
    title: topics[topic].schema.meta()?.title ?? topic,
    summary: topics[topic].description,
    contentType: 'application/json',
    payload: {
      schemaFormat: 'application/schema+json;version=draft-2020-12',
      schema: schemaDocument(topic),
    },
    bindings: {
      kafka: {
        key: {
          type: 'string',
          description:
            topic === 'dead_letters'
              ? 'Topic and partition of the refused record.'
              : 'user_id: one listener stays in order.',
        },
      },
    },
  });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tonearm',
      version: `${contractVersion}.0.0`,
      description: 'Listening events of the music-streaming data platform.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      names.map((topic) => [
        topic,
        {
          address: topic,
          description: topics[topic].description,
          messages: { [topic]: { $ref: `#/components/messages/${topic}` } },
          bindings: {
            kafka: {
              partitions: topics[topic].partitions,
              topicConfiguration: { 'retention.ms': topics[topic].retentionMs },
            },
          },
        },
      ]),
    ),
    operations: Object.fromEntries(
      names.flatMap((topic) => [
        [`send_${topic}`, { action: 'send', channel: { $ref: `#/channels/${topic}` } }],
        [`receive_${topic}`, { action: 'receive', channel: { $ref: `#/channels/${topic}` } }],
      ]),
    ),
    components: { messages: Object.fromEntries(names.map((topic) => [topic, message(topic)])) },
  };
}
