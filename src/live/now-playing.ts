import type { StartEvent } from '../../contracts/index.ts';
import { RecentIds } from './recent-ids.ts';

/** A start without its end is believed this long past the track's length, in milliseconds. */
const graceMs = 30_000;
/** Length of a track whose source does not say, in milliseconds. */
const unknownLengthMs = 600_000;
const maxListeners = 200_000;

export interface Playing {
  readonly playId: string;
  readonly event: StartEvent;
  readonly startedAt: number;
  readonly trackDuration: number | undefined;
  readonly expiresAt: number;
  /** Rises with each start that was taken. */
  readonly order: number;
}

/** Who plays what at this moment: one playback a listener, the newest. Counts are kept as it changes. */
export class NowPlaying {
  /** In the order in which the starts came. */
  readonly #byListener = new Map<string, Playing>();
  readonly #ended = new RecentIds();
  readonly #isForgotten: (user: string) => boolean;
  readonly #devices = new Map<StartEvent['device'], number>();
  readonly #countries = new Map<string, number>();
  #private = 0;
  #taken = 0;

  /** @param isForgotten true for listeners who were erased. */
  constructor(isForgotten: (user: string) => boolean = () => false) {
    this.#isForgotten = isForgotten;
  }

  /**
   * Takes a start.
   * @param receivedAt ms since the epoch; a source whose clock runs ahead is held to it.
   * @param now ms since the epoch.
   * @returns what plays now because of it; undefined when it is over already, or an older one.
   */
  start(event: StartEvent, receivedAt: number, now: number): Playing | undefined {
    const startedAt = Math.min(Date.parse(event.timestamp), receivedAt);
    const trackDuration = event.track_duration ?? event.duration;
    const expiresAt = startedAt + (trackDuration ?? unknownLengthMs) + graceMs;
    if (expiresAt <= now || this.#ended.has(event.play_id)) return undefined;
    const current = this.#byListener.get(event.user_id);
    if (current !== undefined) {
      if (current.startedAt > startedAt) return undefined;
      this.#remove(current);
    } else if (this.#byListener.size >= maxListeners) {
      const { value: oldest } = this.#byListener.values().next();
      if (oldest !== undefined) this.#remove(oldest);
    }
    this.#taken += 1;
    const order = this.#taken;
    const { play_id: playId } = event;
    const playing = { playId, event, startedAt, trackDuration, expiresAt, order };
    this.#byListener.set(event.user_id, playing);
    this.#count(event, 1);
    return playing;
  }

  /** Its play or its skip came. The start may come later still: topics are read side by side. */
  end(userId: string, playId: string, receivedAt: number): void {
    this.#ended.add(playId, receivedAt);
    const playing = this.#byListener.get(userId);
    if (playing?.playId === playId) this.#remove(playing);
  }

  /** Forgets those whose track is over, or who were erased; true when there were any. Walks all of them. */
  expire(now: number): boolean {
    const before = this.#byListener.size;
    for (const playing of this.#byListener.values()) {
      if (playing.expiresAt <= now || this.#isForgotten(playing.event.user_id))
        this.#remove(playing);
    }
    return this.#byListener.size < before;
  }

  #remove(playing: Playing): void {
    this.#byListener.delete(playing.event.user_id);
    this.#count(playing.event, -1);
  }

  #count(event: StartEvent, change: 1 | -1): void {
    if (event.private) {
      this.#private += change;
      return;
    }
    add(this.#devices, event.device, change);
    if (event.country !== undefined) add(this.#countries, event.country, change);
  }

  /** Oldest start first. */
  list(): Iterable<Playing> {
    return this.#byListener.values();
  }

  /** What one listener plays. */
  of(userId: string): Playing | undefined {
    return this.#byListener.get(userId);
  }

  /** True while this very playback goes on. */
  has(playing: Playing): boolean {
    return this.#byListener.get(playing.event.user_id) === playing;
  }

  get size(): number {
    return this.#byListener.size;
  }

  /** Listeners in a private session. */
  get privateSize(): number {
    return this.#private;
  }

  /** Listeners by device, without those in a private session. */
  get devices(): ReadonlyMap<StartEvent['device'], number> {
    return this.#devices;
  }

  /** Listeners by country, likewise. */
  get countries(): ReadonlyMap<string, number> {
    return this.#countries;
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
