import { setTimeout as delay } from 'node:timers/promises';
import type { Emitter } from './emitter.ts';
import type { EventEncoder, PlayId } from './event-encoder.ts';
import { type Charts, type Listener, makeListener } from './listener.ts';
import {
  beginSession,
  nextPlayback,
  type Playback,
  pauseAfter,
  type Session,
} from './listening.ts';
import type { Random } from './random.ts';

const tickMs = 25;
const sampleSize = 4000;

export interface LiveOptions {
  readonly listeners: Listener[];
  readonly charts: Charts;
  readonly seed: number;
  readonly random: Random;
  readonly encoder: EventEncoder;
  readonly emitter: Emitter;
  /** Events a second over all topics. */
  readonly rate: number;
  readonly events: number | undefined;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  readonly flush: () => Promise<void>;
  readonly onProgress?: (events: number) => void;
  /** Waits; replaced in tests. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Somebody who is listening now. */
interface Slot {
  listener: Listener;
  session: Session;
  play: Playback;
  id: PlayId;
  /** When the play ends, or when the next one begins. */
  at: number;
  playing: boolean;
}

/**
 * Makes events now. As many listeners are active at once as the rate needs, each listening in
 * real time; when one ends a session, another begins.
 */
export async function runLive(options: LiveOptions): Promise<void> {
  const { emitter, clock, signal, events } = options;
  const slots = seat(options, clock());
  const queue = new SlotQueue(slots);
  const wait = options.wait ?? ((ms) => delay(ms, undefined, { signal }).catch(() => undefined));
  while (!signal.aborted && emitter.events !== events) {
    const now = clock();
    await emitter.release(now);
    for (let slot = queue.first; slot !== undefined && slot.at <= now; slot = queue.first) {
      if (emitter.events === events || signal.aborted) break;
      await advance(options, slot);
      queue.moved();
    }
    options.onProgress?.(emitter.events);
    if (!signal.aborted) await wait(tickMs);
  }
  await options.flush();
}

/** Ends the slot's play, or begins its next one. */
async function advance(options: LiveOptions, slot: Slot): Promise<void> {
  const { emitter, random, charts, encoder, events } = options;
  const at = slot.at;
  const send = async (topic: 'starts' | 'plays' | 'skips' | 'likes') => {
    if (emitter.events !== events) await emitter.emit(topic, slot.play, slot.id, at);
  };
  if (slot.playing) {
    if (slot.play.liked !== undefined) await send('likes');
    await send('plays');
    if (slot.play.skipped) await send('skips');
    slot.playing = false;
    if (slot.session.place >= slot.session.plays) takeSeat(options, slot);
    slot.at = at + Math.min(60_000, pauseAfter(random));
    return;
  }
  slot.play = nextPlayback(slot.listener, slot.session, at, charts, random);
  slot.id = encoder.newPlayId(at);
  slot.playing = true;
  slot.at = at + slot.play.listenedMs;
  await send('starts');
}

function takeSeat(options: LiveOptions, slot: Slot): void {
  const { random, listeners } = options;
  slot.listener = random.pick(listeners);
  slot.session = online(beginSession(slot.listener, random));
}

/** Live listening is online: the lowest bit of the flags says offline. */
const online = (session: Session): Session => ({
  ...session,
  offline: false,
  flags: session.flags & ~1,
});

/** Listeners in the midst of listening, as many as make the rate. */
function seat(options: LiveOptions, now: number): Slot[] {
  const { random, charts, encoder, listeners, rate, seed } = options;
  const { eventsPerPlay, msPerPlay } = averagePlay(options);
  const count = Math.max(1, Math.round((rate * msPerPlay) / 1000 / eventsPerPlay));
  while (listeners.length < count) listeners.push(makeListener(listeners.length, seed, charts));
  return Array.from({ length: count }, (_, index) => {
    const listener = listeners[index]!;
    const session = online(beginSession(listener, random));
    session.place = random.below(session.plays);
    const play = nextPlayback(listener, session, now, charts, random);
    // Longer plays are more likely to be met; where in the play is a matter of chance.
    const share = random.unit();
    const into = Math.floor(msPerPlay * 1.35 * share * random.unit());
    const started = { ...play, startedAt: now - Math.min(into, play.listenedMs) };
    return {
      listener,
      session,
      play: started,
      id: encoder.newPlayId(started.startedAt),
      at: now + Math.floor(random.unit() * Math.max(1000, msPerPlay)),
      playing: true,
    };
  }).map((slot) => ({
    ...slot,
    play: { ...slot.play, listenedMs: Math.max(0, slot.at - slot.play.startedAt) },
  }));
}

/** Measured on the model itself, so that the rate holds whatever the habits are. */
function averagePlay(options: LiveOptions): { eventsPerPlay: number; msPerPlay: number } {
  const { random, charts, listeners } = options;
  let events = 0;
  let time = 0;
  let listener = random.pick(listeners);
  let session = beginSession(listener, random);
  for (let play = 0; play < sampleSize; play += 1) {
    if (session.place >= session.plays) {
      listener = random.pick(listeners);
      session = beginSession(listener, random);
    }
    const made = nextPlayback(listener, session, 0, charts, random);
    events += 2 + Number(made.skipped) + Number(made.liked !== undefined);
    time += made.listenedMs + Math.min(60_000, pauseAfter(random));
  }
  return { eventsPerPlay: events / sampleSize, msPerPlay: time / sampleSize };
}

/** Slots by the time of their next event (a binary heap). */
class SlotQueue {
  readonly #heap: Slot[];

  constructor(slots: Slot[]) {
    this.#heap = slots.sort((a, b) => a.at - b.at);
  }

  get first(): Slot | undefined {
    return this.#heap[0];
  }

  /** The first slot has a later time now: puts it where it belongs. */
  moved(): void {
    const heap = this.#heap;
    const slot = heap[0]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
      if (heap[child]!.at >= slot.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = slot;
  }
}
