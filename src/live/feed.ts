import type { Playing } from './now-playing.ts';

/** Time between two playbacks that join the feed, ms: a person can follow two a second. */
const paceMs = 500;
/** Playbacks kept, so that enough are left when some end. */
const kept = 120;

/**
 * A sample of playbacks that a person can read: each that joins stays until it ends or others have
 * pushed it out. All of them where few begin; two a second where thousands do.
 */
export class Feed {
  /** Oldest first. */
  #rows: Playing[] = [];
  #joinedAt = Number.NEGATIVE_INFINITY;

  /** @param time when the log received the start, ms since the epoch. */
  offer(playing: Playing, time: number): void {
    if (Math.abs(time - this.#joinedAt) < paceMs) return;
    this.#joinedAt = time;
    this.#rows.push(playing);
    if (this.#rows.length > kept) this.#rows.shift();
  }

  /**
   * The feed, newest first. When it is short of `count`, others that play join it and stay.
   * @param isPlaying tells whether a playback goes on.
   * @param others everyone who may be shown, oldest start first.
   */
  list(count: number, isPlaying: (one: Playing) => boolean, others: Iterable<Playing>): Playing[] {
    this.#rows = this.#rows.filter(isPlaying);
    if (this.#rows.length < count) this.#fill(count, others);
    return this.#rows.slice(-count).reverse();
  }

  #fill(count: number, others: Iterable<Playing>): void {
    const present = new Set(this.#rows);
    const joining: Playing[] = [];
    for (const one of others) {
      if (present.has(one)) continue;
      joining.push(one);
      if (joining.length > count) joining.shift();
    }
    if (joining.length === 0) return;
    const room = count - this.#rows.length;
    this.#rows = [...this.#rows, ...joining.slice(-room)].sort((a, b) => a.order - b.order);
  }
}
