import type { TopicName } from '../../../contracts/index.ts';
import type { KafkaReader } from './reader.ts';

export const producerHeader = 'tonearm-producer';
export const sourceHeader = 'tonearm-source';
export const numberHeader = 'tonearm-number';

/** How far back a topic is read, in offsets of each partition. */
const offsetsBack = 50_000;
const fetchBytes = 4 * 1024 * 1024;

/** Highest number that each producer has stored for each source, read back from the topic's own records. */
export class SentNumbers {
  readonly #reader: KafkaReader;
  readonly #known = new Map<string, Promise<Map<string, number>>>();

  constructor(reader: KafkaReader) {
    this.#reader = reader;
  }

  /** True, and noted, when a number is above all that the topic's newest records show and that were asked about before. */
  async isNew(
    producer: string,
    topic: TopicName,
    source: string,
    number: number,
  ): Promise<boolean> {
    const key = `${producer}\u0000${topic}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#readBack(producer, topic);
      known.catch(() => this.#known.delete(key));
      this.#known.set(key, known);
    }
    const numbers = await known;
    if (number <= (numbers.get(source) ?? -1)) return false;
    numbers.set(source, number);
    return true;
  }

  async #readBack(producer: string, topic: TopicName): Promise<Map<string, number>> {
    const numbers = new Map<string, number>();
    for (const { partition, earliest, latest } of await this.#reader.offsets([topic])) {
      let offset = Math.max(earliest, latest - offsetsBack);
      while (offset < latest) {
        const records = await this.#reader.fetch(topic, partition, offset, fetchBytes);
        if (records === undefined) break;
        for (let index = 0; index < records.count; index += 1) {
          const headers = records.headers(index);
          if (headers.get(producerHeader) !== producer) continue;
          const source = headers.get(sourceHeader) ?? '';
          const number = Number(headers.get(numberHeader));
          if (number > (numbers.get(source) ?? -1)) numbers.set(source, number);
        }
        offset = records.nextOffset;
      }
    }
    return numbers;
  }
}
