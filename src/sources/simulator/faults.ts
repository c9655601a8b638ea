import type { EventTopic } from '../../../contracts/index.ts';
import type { Random } from './random.ts';

/** Faults on demand: shares of all events, and an hour in which nothing is received. */
export interface Faults {
  readonly duplicates?: number;
  readonly late?: number;
  readonly malformed?: number;
  readonly outOfOrder?: number;
  /** ms since the epoch: events of the UTC hour around it are lost. */
  readonly dropHour?: number;
}

/** A record that is held back. */
export interface DelayedRecord {
  readonly at: number;
  readonly topic: EventTopic;
  readonly key: string;
  readonly value: Uint8Array;
}

const text = (value: Uint8Array) => Buffer.from(value).toString('utf8');
const bytes = (value: string) => Buffer.from(value, 'utf8');

/** Ways to break an event; each breaks its contract for certain. */
const breakages: readonly ((value: Uint8Array) => Uint8Array)[] = [
  (value) => value.slice(0, Math.floor(value.length / 2)),
  (value) => bytes(text(value).replace(/"user_id":"[^"]*"/, '"user_id":42')),
  (value) => bytes(text(value).replace(/"track_id":"[^"]*",/, '')),
  (value) => bytes(text(value).replace(/"device":"[^"]*"/, '"device":"toaster"')),
  (value) => bytes(text(value).replace(/"event_id":"[^"]*"/, '"event_id":"not-a-uuid"')),
  (value) => bytes(text(value).replace(/"timestamp":"[^"]*"/, '"timestamp":"yesterday"')),
  (value) => bytes(text(value).replace(/"artist":"(?:[^"\\]|\\.)*"/, '"artist":null')),
  () => new Uint8Array(0),
  (value) => {
    const broken = Uint8Array.from(value);
    broken[Math.floor(value.length / 2)] = 0xff;
    return broken;
  },
  (value) => bytes(`[${text(value)}]`),
];

/** Breaks an event in one of several ways. */
export function breakEvent(value: Uint8Array, random: Random): Uint8Array {
  return random.pick(breakages)(value);
}

/** Records that wait for their time, earliest first (a binary heap). */
export class DelayQueue {
  readonly #heap: DelayedRecord[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(record: DelayedRecord): void {
    const heap = this.#heap;
    let at = heap.push(record) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= record.at) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = record;
  }

  /** The earliest record, when its time is no later than `until`. */
  takeUntil(until: number): DelayedRecord | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > until) return undefined;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
      if (heap[child]!.at >= last.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
