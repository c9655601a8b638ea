import type { DailyRhythm } from './daily-rhythm.ts';
import type { Delivery } from './delivery.ts';
import { idle, type Playbacks, paused } from './playback.ts';
import type { Player } from './player.ts';
import type { Random } from './random.ts';
import { WakeQueue } from './wake-queue.ts';

export interface HistoryParts {
  readonly player: Player;
  readonly playbacks: Playbacks;
  readonly rhythm: DailyRhythm;
  readonly random: Random;
  readonly delivery: Delivery;
  readonly listeners: { readonly count: number };
  /** ms since the epoch; `until` is exclusive. */
  readonly from: number;
  readonly until: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((events: number) => void) | undefined;
}

const eventsPerProgress = 50_000;

/** Lets the listeners listen from one instant to another, events in the order of receipt. */
export async function runHistory(parts: HistoryParts): Promise<void> {
  const { delivery, rhythm, random, from, until, signal, onProgress } = parts;
  const queue = new WakeQueue(parts.listeners.count);
  for (let listener = 0; listener < parts.listeners.count; listener += 1) {
    queue.push(rhythm.nextSession(listener, from, random), listener);
  }
  let progressAt = eventsPerProgress;
  while (!delivery.complete && signal?.aborted !== true) {
    const more = advance(parts, queue, progressAt);
    if (delivery.blocked !== undefined) await delivery.unblock();
    if (delivery.events >= progressAt) {
      progressAt = delivery.events + eventsPerProgress;
      onProgress?.(delivery.events);
    }
    if (!more) break;
  }
  delivery.release(until);
}

/**
 * Goes on until the output is behind or some events were made.
 * @returns false at the end of the time span.
 */
function advance(parts: HistoryParts, queue: WakeQueue, events: number): boolean {
  const { player, playbacks, rhythm, random, delivery, until } = parts;
  while (delivery.blocked === undefined && !delivery.complete && delivery.events < events) {
    const now = queue.time;
    if (now >= until) return false;
    if (delivery.nextAt <= now) {
      delivery.release(now);
      continue;
    }
    const { listener } = queue;
    const phase = playbacks.phase[listener]!;
    let next: number;
    if (phase === idle) {
      player.beginSession(listener, now);
      next = player.beginTrack(listener, now);
    } else if (phase === paused) {
      next = player.beginTrack(listener, now);
    } else {
      next = player.goOn(listener, now);
      // Without a pause the next track begins at the same instant.
      if (next === now && playbacks.phase[listener] === paused) {
        next = player.beginTrack(listener, now);
      }
    }
    queue.postpone(
      next === Number.POSITIVE_INFINITY
        ? rhythm.nextSession(listener, playbacks.notBefore[listener]!, random)
        : next,
    );
  }
  return true;
}
