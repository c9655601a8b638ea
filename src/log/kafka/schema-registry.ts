import { readFile } from 'node:fs/promises';
import type { TopicName } from '../../../contracts/index.ts';
import { TonearmError } from '../../errors.ts';
import type { SchemaRegistryLocation } from './location.ts';

/** Before each value in Confluent's wire format: a zero and the schema's id, 32 bits big-endian. */
export const framePrefixBytes = 5;
const requestTimeoutMs = 10_000;
const schemaOf = (topic: TopicName) =>
  new URL(`../../contracts/generated/${topic}.schema.json`, import.meta.url);

/**
 * A schema registry with Confluent's API. It holds each topic's JSON Schema as the subject `<topic>-value`,
 * and refuses one that its compatibility rule forbids.
 */
export class SchemaRegistry {
  readonly #location: SchemaRegistryLocation;

  constructor(location: SchemaRegistryLocation) {
    this.#location = location;
  }

  /**
   * Registers the schemas of topics; one that is there already keeps its id.
   * @returns what stands before each value of a topic.
   * @throws TonearmError TNA_LOG_SCHEMA_REGISTRY
   */
  async prefixes(topics: readonly TopicName[]): Promise<ReadonlyMap<TopicName, Buffer>> {
    const prefixes = new Map<TopicName, Buffer>();
    for (const topic of topics) {
      const prefix = Buffer.alloc(framePrefixBytes);
      prefix.writeUInt32BE(await this.#register(topic), 1);
      prefixes.set(topic, prefix);
    }
    return prefixes;
  }

  async #register(topic: TopicName): Promise<number> {
    const { url, username, password } = this.#location;
    const schema = await readFile(schemaOf(topic), 'utf8');
    const login: Record<string, string> =
      username === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
    let response: Response;
    try {
      response = await fetch(`${url}/subjects/${topic}-value/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json', ...login },
        body: JSON.stringify({ schemaType: 'JSON', schema }),
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
    } catch (error) {
      const cause = (error as Error).cause ?? error;
      throw refused(url, topic, (cause as Error).message, error);
    }
    const answer = (await response.json().catch(() => ({}))) as { id?: unknown; message?: unknown };
    if (response.ok && Number.isInteger(answer.id)) return answer.id as number;
    const text = typeof answer.message === 'string' ? `: ${answer.message.split('\n')[0]}` : '';
    throw refused(url, topic, `it answered ${response.status}${text}`, undefined);
  }
}

function refused(url: string, topic: string, reason: string, cause: unknown): TonearmError {
  return new TonearmError(
    'TNA_LOG_SCHEMA_REGISTRY',
    `The schema registry at ${url} did not take the schema of ${topic}: ${reason.replace(/\.$/, '')}.`,
    {
      cause,
      remedy:
        'Check TONEARM_SCHEMA_REGISTRY, its user and password, and the compatibility rule of the subject; or unset it.',
    },
  );
}
