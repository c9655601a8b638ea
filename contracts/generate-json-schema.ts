import { type TopicName, topics } from './index.ts';
import { jsonSchema } from './lake-columns.ts';

/** Version of every contract; raised when a change is not backward compatible. */
export const contractVersion = 1;

/** JSON Schema (2020-12) of a topic's records. */
export function schemaDocument(topic: TopicName): Record<string, unknown> {
  const { $schema, id: _id, $id: _named, ...rest } = jsonSchema(topics[topic].schema);
  return { $schema, $id: `urn:tonearm:contract:${topic}:${contractVersion}`, ...rest };
}
