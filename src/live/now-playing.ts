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
}

/** Who plays what at this moment: one playback a listener, the newest. */
export class NowPlaying {
  /** In the order in which the starts came. */
  readonly #byListener = new Map<string, Playing>();
  readonly #ended = new RecentIds();

  /**
   * @param receivedAt ms since the epoch; a source whose clock runs ahead is held to it.
   * @param now ms since the epoch.
   */
  start(event: StartEvent, receivedAt: number, now: number): void {
    const startedAt = Math.min(Date.parse(event.timestamp), receivedAt);
    const trackDuration = event.track_duration ?? event.duration;
    const expiresAt = startedAt + (trackDuration ?? unknownLengthMs) + graceMs;
    if (expiresAt <= now || this.#ended.has(event.play_id)) return;
    const current = this.#byListener.get(event.user_id);
    if (current !== undefined) {
      if (current.startedAt > startedAt) return;
      this.#byListener.delete(event.user_id);
    } else if (this.#byListener.size >= maxListeners) {
      const { value: oldest } = this.#byListener.keys().next();
      if (oldest !== undefined) this.#byListener.delete(oldest);
    }
    this.#byListener.set(event.user_id, {
      playId: event.play_id,
      event,
      startedAt,
      trackDuration,
      expiresAt,
    });
  }

  /** Its play or its skip came. The start may come later still: topics are read side by side. */
  end(userId: string, playId: string, receivedAt: number): void {
    this.#ended.add(playId, receivedAt);
    if (this.#byListener.get(userId)?.playId === playId) this.#byListener.delete(userId);
  }

  /** Forgets those whose track is over; true when there were any. */
  expire(now: number): boolean {
    const before = this.#byListener.size;
    for (const [userId, playing] of this.#byListener) {
      if (playing.expiresAt <= now) this.#byListener.delete(userId);
    }
    return this.#byListener.size < before;
  }

  /** Oldest start first. */
  list(): Iterable<Playing> {
    return this.#byListener.values();
  }

  get size(): number {
    return this.#byListener.size;
  }
}
