import type { TopicName } from '../../contracts/index.ts';
import type { OutgoingRecord, Producer } from './port.ts';

/** A producer that leaves out the records of some keys, and counts them. */
export class RefusingProducer implements Producer {
  refused = 0;
  readonly #producer: Producer;
  readonly #isRefused: (key: string) => boolean;

  constructor(producer: Producer, isRefused: (key: string) => boolean) {
    this.#producer = producer;
    this.#isRefused = isRefused;
  }

  send(topic: TopicName, record: OutgoingRecord): void | Promise<void> {
    if (record.key !== null && this.#isRefused(record.key)) {
      this.refused += 1;
      return;
    }
    return this.#producer.send(topic, record);
  }

  flush(): Promise<void> {
    return this.#producer.flush();
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}
