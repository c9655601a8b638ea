/** Where listens come from, as far as it matters to whether two tell of the same one. */
export const listenKinds = [
  'spotify_api',
  'extended',
  'account',
  'listenbrainz_export',
  'lastfm_export',
] as const;
export type ListenKind = (typeof listenKinds)[number];

/** A listen that has been told before. Times are ms since the epoch. */
export interface ToldListen {
  readonly kind: ListenKind;
  readonly trackId: string;
  readonly track: string;
  readonly artist: string;
  readonly startedAt: number;
  readonly listenedMs: number;
}

/** The Web API tells the start or the end up to this far off; account data the minute of the end; scrobbles the start. */
const sameListenMs = 90_000;

/** Account data tells the minute of the end: a listen ended, and so began, up to this much later. */
const vagueMs = (kind: ListenKind): number => (kind === 'account' ? 59_999 : 0);

interface Listen {
  readonly kind: ListenKind;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly vagueMs: number;
  taken: boolean;
}

/**
 * Listens that are here from earlier imports and from the Web API: each covers one row of another kind of export.
 * Rows of the same kind make the same events again, and so need no looking after.
 */
export class ToldListens {
  readonly #byTrack = new Map<string, Listen[]>();

  constructor(listens: readonly ToldListen[]) {
    for (const told of listens) {
      const listen = { ...timesOf(told), kind: told.kind, taken: false };
      for (const key of [told.trackId, nameKey(told)]) {
        const others = this.#byTrack.get(key);
        if (others === undefined) this.#byTrack.set(key, [listen]);
        else others.push(listen);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#byTrack.size === 0;
  }

  /** True when one of the listens is this one; it is used up then. */
  take(told: ToldListen): boolean {
    const times = timesOf(told);
    const [found] = [told.trackId, nameKey(told)]
      .flatMap((key) => this.#byTrack.get(key) ?? [])
      .filter((listen) => !listen.taken && listen.kind !== told.kind)
      .map((listen) => ({ listen, distance: distance(listen, times) }))
      .filter((one) => one.distance <= sameListenMs)
      .sort((a, b) => a.distance - b.distance);
    if (found === undefined) return false;
    found.listen.taken = true;
    return true;
  }
}

const timesOf = ({ kind, startedAt, listenedMs }: ToldListen) => ({
  startedAt,
  endedAt: startedAt + listenedMs,
  vagueMs: vagueMs(kind),
});

/** How far apart two listens began or ended, whichever is less, ms. */
function distance(one: Omit<Listen, 'kind' | 'taken'>, other: typeof one): number {
  const apart = (a: number, b: number) =>
    Math.max(0, a - (b + other.vagueMs), b - (a + one.vagueMs));
  return Math.min(apart(one.startedAt, other.startedAt), apart(one.endedAt, other.endedAt));
}

const nameKey = ({ artist, track }: ToldListen) =>
  `${artist.toLowerCase()}\u0000${track.toLowerCase()}`;
