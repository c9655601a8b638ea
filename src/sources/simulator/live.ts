import { setTimeout as delay } from 'node:timers/promises';
import { idle, paused, playing } from './playback.ts';
import { WakeQueue } from './wake-queue.ts';
import type { World } from './world.ts';

const tickMs = 20;
/** After a longer silence (the machine slept) it goes on from the present, without catching up. */
const longestLagMs = 5000;
/** Longest listens and sessions that the choice of what is going on at the start reckons with. */
const longestListenMs = 400_000;
const longestSession = 80;
const startAttempts = 24;
const mostStartAttempts = 2000;

export interface LiveParts extends World {
  /** Listeners who are in the midst of a track at the start. */
  readonly active: number;
  readonly rate: number;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  readonly wait: ((ms: number) => Promise<unknown>) | undefined;
  readonly onProgress: ((events: number) => void) | undefined;
}

/**
 * Makes events now. Tracks end when they end; where that makes fewer events than the rate asks
 * for, the next tracks and further sessions begin, and where it makes more, they wait a moment.
 */
export async function runLive(parts: LiveParts): Promise<void> {
  const { clock, signal, delivery, onProgress } = parts;
  const wait = parts.wait ?? ((ms) => delay(ms, undefined, { signal }).catch(() => undefined));
  const audience = new Audience(parts, clock());
  while (!signal.aborted && !delivery.complete) {
    audience.advance(clock());
    if (delivery.blocked === undefined) await wait(tickMs);
    else await delivery.unblock();
    onProgress?.(delivery.events);
  }
}

/** The listeners who are listening now. */
class Audience {
  readonly #parts: LiveParts;
  readonly #queue: WakeQueue;
  /** Listeners whose pause is over, first come first. */
  #ready: number[] = [];
  #nextReady = 0;
  /** When the first event was due, ms. */
  #begin: number;
  /** Time of the last event, ms. */
  #last: number;

  constructor(parts: LiveParts, now: number) {
    this.#parts = parts;
    this.#queue = new WakeQueue(parts.listeners.count);
    this.#begin = now;
    this.#last = now;
    for (let seat = 0; seat < parts.active; seat += 1) this.#seat(now);
  }

  /** Makes the events that are due until now (ms). */
  advance(now: number): void {
    const { delivery } = this.#parts;
    if (now - this.#last > longestLagMs && this.#due() < now - longestLagMs) {
      this.#begin += now - this.#due();
    }
    while (!delivery.complete && delivery.blocked === undefined) {
      const due = this.#due();
      const next = Math.min(this.#queue.time, delivery.nextAt);
      if (next <= now && next <= due) {
        this.#last = Math.max(this.#last, next);
        if (delivery.nextAt <= next) delivery.release(next);
        else this.#goOn(next);
      } else if (due <= now) {
        this.#last = Math.max(this.#last, Math.floor(due));
        if (!this.#beginTrack(this.#last)) return;
      } else return;
    }
  }

  /** When the next event is due at the rate, ms. */
  #due(): number {
    return this.#begin + (this.#parts.delivery.written * 1000) / this.#parts.rate;
  }

  #goOn(at: number): void {
    const { player, playbacks } = this.#parts;
    const { listener } = this.#queue;
    if (playbacks.phase[listener] === paused) {
      this.#queue.pop();
      this.#ready.push(listener);
      return;
    }
    const next = player.goOn(listener, at);
    if (next === Number.POSITIVE_INFINITY) this.#queue.pop();
    else this.#queue.postpone(next);
  }

  /** The next track of a listener who is ready, or else of a new session. */
  #beginTrack(at: number): boolean {
    const { player } = this.#parts;
    let listener = this.#takeReady();
    if (listener === undefined) {
      listener = this.#idleListener(at);
      if (listener === undefined) return false;
      player.beginSession(listener, at);
    }
    this.#queue.push(player.beginTrack(listener, at), listener);
    return true;
  }

  #takeReady(): number | undefined {
    if (this.#nextReady === this.#ready.length) return undefined;
    const listener = this.#ready[this.#nextReady];
    this.#nextReady += 1;
    if (this.#nextReady > 1024 && this.#nextReady * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#nextReady);
      this.#nextReady = 0;
    }
    return listener;
  }

  /** Somebody for whom it is a usual time to listen, or at least somebody who does not. */
  #idleListener(at: number): number | undefined {
    const { listeners, playbacks, rhythm, random } = this.#parts;
    let somebody: number | undefined;
    for (let attempt = 0; attempt < mostStartAttempts; attempt += 1) {
      const listener = random.below(listeners.count);
      if (playbacks.phase[listener] !== idle || playbacks.notBefore[listener]! > at) continue;
      somebody ??= listener;
      const readiness = listeners.sessionsPerDay[listener]! * rhythm.readiness(listener, at);
      if (attempt >= startAttempts || random.fraction() * 8 < readiness) return listener;
    }
    return somebody;
  }

  /**
   * Seats a listener in the midst of a track, as if it had been running: long sessions and long
   * listens are the ones that are more likely to be met.
   */
  #seat(now: number): void {
    const { player, playbacks, random } = this.#parts;
    const listener = this.#idleListener(now);
    if (listener === undefined) return;
    do player.beginSession(listener, now);
    while (random.fraction() * longestSession > playbacks.tracksLeft[listener]!);
    playbacks.offline[listener] = 0;
    const tracks = playbacks.tracksLeft[listener]!;
    playbacks.place[listener] = random.below(tracks);
    playbacks.tracksLeft[listener] = tracks - playbacks.place[listener]!;
    do player.chooseTrack(listener, now);
    while (random.fraction() * longestListenMs > playbacks.duration[listener]!);
    const elapsed = Math.floor(playbacks.duration[listener]! * random.fraction());
    playbacks.startedAt[listener] = now - elapsed;
    playbacks.sessionStart[listener] = now - elapsed - playbacks.place[listener]! * 120_000;
    if (playbacks.likeAfter[listener]! < elapsed) playbacks.phase[listener] = playing;
    this.#queue.push(player.nextChange(listener), listener);
  }
}
