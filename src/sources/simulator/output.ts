import { writeSync } from 'node:fs';
import type { EventTopic } from '../../../contracts/index.ts';
import type { Producer } from '../../log/port.ts';

/** Where simulated records go. */
export interface SimulationOutput {
  /**
   * Takes a record. The value is a view that is valid during the call only.
   * Await the answer when it is a promise: the receiver is behind.
   * @param receivedAt ms since the epoch: the record's timestamp.
   */
  write(
    topic: EventTopic,
    key: string,
    value: Uint8Array,
    receivedAt: number,
  ): void | Promise<void>;
  /** Resolves when all that was written has left. */
  flush(): Promise<void>;
}

/** To the log. */
export function producerOutput(producer: Producer): SimulationOutput {
  return {
    write: (topic, key, value, timestamp) => producer.send(topic, { key, value, timestamp }),
    flush: () => producer.flush(),
  };
}

const bufferBytes = 1 << 18;
/** Longest time that a written event waits for others, ms. */
const lingerMs = 50;
const newline = 0x0a;

/** To a file descriptor, one event a line. A reader that goes away ends it quietly. */
export function ndjsonOutput(fd: number, onClosed: () => void = () => undefined): SimulationOutput {
  const buffer = Buffer.allocUnsafe(bufferBytes);
  let used = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const drain = () => {
    clearTimeout(timer);
    timer = undefined;
    for (let done = 0; done < used && !closed; ) {
      try {
        done += writeSync(fd, buffer, done, used - done);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EPIPE') {
          closed = true;
          onClosed();
        } else if (code === 'EAGAIN') {
          // A pipe that is full and does not block: wait a moment for its reader.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
        } else throw error;
      }
    }
    used = 0;
  };
  return {
    write(_topic, _key, value) {
      if (used + value.length + 1 > bufferBytes) drain();
      timer ??= setTimeout(drain, lingerMs);
      buffer.set(value, used);
      used += value.length;
      buffer[used] = newline;
      used += 1;
    },
    async flush() {
      drain();
    },
  };
}
