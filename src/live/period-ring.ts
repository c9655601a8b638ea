import type { EventTopic } from '../../contracts/index.ts';

const slots = 60;

export interface PeriodCounts {
  /** Start of the period, ms since the epoch. */
  readonly start: number;
  readonly starts: number;
  readonly plays: number;
  readonly skips: number;
  readonly likes: number;
  readonly imported: number;
}

type Counted = EventTopic | 'imported';
const kinds = ['starts', 'plays', 'skips', 'likes', 'imported'] as const satisfies Counted[];

/** Counts of the last 60 periods (minutes, or seconds) in a ring buffer. */
export class PeriodRing {
  readonly #periodMs: number;
  readonly #period = new Float64Array(slots).fill(-1);
  readonly #counts = new Int32Array(slots * kinds.length);

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** @param time ms since the epoch. Times that have left the ring are ignored. */
  add(kind: Counted, time: number): void {
    const period = Math.floor(time / this.#periodMs);
    const slot = period % slots;
    const held = this.#period[slot]!;
    if (held > period) return;
    if (held < period) {
      this.#period[slot] = period;
      this.#counts.fill(0, slot * kinds.length, (slot + 1) * kinds.length);
    }
    this.#counts[slot * kinds.length + kinds.indexOf(kind)]! += 1;
  }

  /** The 60 periods up to the one that holds `now`, oldest first; empty ones are zero. */
  list(now: number): PeriodCounts[] {
    const newest = Math.floor(now / this.#periodMs);
    return Array.from({ length: slots }, (_, index) => {
      const period = newest - slots + 1 + index;
      const slot = ((period % slots) + slots) % slots;
      const held = this.#period[slot] === period;
      const count = (kind: Counted) =>
        held ? this.#counts[slot * kinds.length + kinds.indexOf(kind)]! : 0;
      return {
        start: period * this.#periodMs,
        starts: count('starts'),
        plays: count('plays'),
        skips: count('skips'),
        likes: count('likes'),
        imported: count('imported'),
      };
    });
  }
}
