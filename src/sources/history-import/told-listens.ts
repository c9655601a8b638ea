/** A listen that another source has brought already. Times are ms since the epoch. */
export interface ToldListen {
  readonly trackId: string;
  readonly track: string;
  readonly artist: string;
  readonly startedAt: number;
  readonly listenedMs: number;
}

/** The Web API tells times of the start or the end of a listen, up to this far off. */
const sameListenMs = 90_000;

interface Listen {
  readonly startedAt: number;
  readonly endedAt: number;
  taken: boolean;
}

/** Listens that the Web API has told: each covers one row of an export. */
export class ToldListens {
  readonly #byTrack = new Map<string, Listen[]>();

  constructor(listens: readonly ToldListen[]) {
    for (const { trackId, track, artist, startedAt, listenedMs } of listens) {
      const listen = { startedAt, endedAt: startedAt + listenedMs, taken: false };
      for (const key of [trackId, nameKey(artist, track)]) {
        const others = this.#byTrack.get(key);
        if (others === undefined) this.#byTrack.set(key, [listen]);
        else others.push(listen);
      }
    }
  }

  /** True when one of the listens is this one; it is used up then. */
  take({ trackId, track, artist, startedAt, listenedMs }: ToldListen): boolean {
    if (this.#byTrack.size === 0) return false;
    const endedAt = startedAt + listenedMs;
    const distance = (listen: Listen) =>
      Math.min(Math.abs(listen.startedAt - startedAt), Math.abs(listen.endedAt - endedAt));
    const [found] = [trackId, nameKey(artist, track)]
      .flatMap((key) => this.#byTrack.get(key) ?? [])
      .filter((listen) => !listen.taken && distance(listen) <= sameListenMs)
      .sort((a, b) => distance(a) - distance(b));
    if (found === undefined) return false;
    found.taken = true;
    return true;
  }
}

const nameKey = (artist: string, track: string) =>
  `${artist.toLowerCase()}\u0000${track.toLowerCase()}`;
