import { highBits, lowBits, nameHash } from './event-ids.ts';
import { HashCounter } from './hash-counter.ts';

const minuteMs = 60_000;

/** What tells that two sources speak of the same listen. Times are ms since the epoch. */
export interface Listen {
  readonly artist: string;
  readonly track: string;
  readonly at: number;
}

/**
 * Listens that better sources have told of, to leave out what weaker ones repeat: the same artist and
 * track in the same minute or the one beside it. Each listen covers one row.
 */
export class Coverage {
  readonly #listens = new HashCounter();

  add(listen: Listen): void {
    const digits = hashOf(listen, minuteOf(listen));
    this.#listens.add(highBits(digits), lowBits(digits));
  }

  /** True when the listen was covered; what covered it is used up. */
  take(listen: Listen): boolean {
    const minute = minuteOf(listen);
    return [minute, minute - 1, minute + 1].some((near) => {
      const digits = hashOf(listen, near);
      return this.#listens.take(highBits(digits), lowBits(digits));
    });
  }
}

const minuteOf = (listen: Listen) => Math.floor(listen.at / minuteMs);

const hashOf = (listen: Listen, minute: number) =>
  nameHash(`${listen.artist.toLowerCase()}\u0000${listen.track.toLowerCase()}\u0000${minute}`);
