import type { EventTopic } from '../../../contracts/index.ts';

/** A record that is received later than it was made. */
export interface DelayedRecord {
  /** ms since the epoch. */
  readonly receivedAt: number;
  readonly topic: EventTopic;
  readonly key: string;
  readonly value: Uint8Array;
}

/** Records that wait for their time of receipt: earliest first, equal times as they came. */
export class DelayedRecords {
  readonly #heap: { record: DelayedRecord; order: number }[] = [];
  #count = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Time of the earliest record; positive infinity when there is none. */
  get nextAt(): number {
    return this.#heap[0]?.record.receivedAt ?? Number.POSITIVE_INFINITY;
  }

  push(record: DelayedRecord): void {
    const entry = { record, order: this.#count };
    this.#count += 1;
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent]!, entry)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** The earliest record; there must be one. */
  take(): DelayedRecord {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first.record;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first.record;
  }
}

function isBefore(
  one: { record: DelayedRecord; order: number },
  other: { record: DelayedRecord; order: number },
): boolean {
  const apart = one.record.receivedAt - other.record.receivedAt;
  return apart < 0 || (apart === 0 && one.order < other.order);
}
