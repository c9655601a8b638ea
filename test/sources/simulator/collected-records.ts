import type { EventTopic } from '../../../contracts/index.ts';
import type { SimulationOutput } from '../../../src/sources/simulator/index.ts';

export interface Received {
  topic: EventTopic;
  key: string;
  text: string;
  bytes: Uint8Array;
  at: number;
}

/** An output that keeps what it is given. */
export function collect(): { records: Received[]; output: SimulationOutput } {
  const records: Received[] = [];
  return {
    records,
    output: {
      write(topic, key, value, at) {
        const bytes = new Uint8Array(value);
        records.push({
          topic,
          key,
          at,
          bytes,
          get text() {
            return Buffer.from(bytes.buffer).toString();
          },
        });
      },
      flush: async () => undefined,
    },
  };
}
