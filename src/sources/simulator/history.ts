import type { EventTopic } from '../../../contracts/index.ts';
import type { Emitter } from './emitter.ts';
import type { EventEncoder, PlayId } from './event-encoder.ts';
import type { Charts, Listener } from './listener.ts';
import { beginSession, nextPlayback, type Playback, pauseAfter } from './listening.ts';
import type { Random } from './random.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Sessions are further apart than the gap that makes them one. */
const betweenSessionsMs = 31 * 60_000;

const topicsByKind = ['starts', 'likes', 'plays', 'skips'] as const satisfies EventTopic[];
const startKind = 0;
const likeKind = 1;
const playKind = 2;
const skipKind = 3;

interface Planned {
  readonly play: Playback;
  readonly id: PlayId;
}

/** Events that will be received on one UTC day. */
class DayPlan {
  readonly times: number[] = [];
  readonly kinds: number[] = [];
  readonly plays: Planned[] = [];

  add(kind: number, planned: Planned, at: number): void {
    this.times.push(at);
    this.kinds.push(kind);
    this.plays.push(planned);
  }

  /** Indexes in the order of receipt: a radix sort of the time of day in two digits. */
  order(dayStart: number): Uint32Array {
    const count = this.times.length;
    let from = Uint32Array.from({ length: count }, (_, index) => index);
    let to = new Uint32Array(count);
    for (const shift of [0, 14]) {
      const starts = new Uint32Array(16_385);
      const digit = (index: number) => ((this.times[index]! - dayStart) >>> shift) & 16_383;
      for (let index = 0; index < count; index += 1) starts[digit(index) + 1]! += 1;
      for (let value = 0; value < 16_384; value += 1) starts[value + 1]! += starts[value]!;
      for (let place = 0; place < count; place += 1) {
        const index = from[place]!;
        const slot = digit(index);
        to[starts[slot]!] = index;
        starts[slot]! += 1;
      }
      [from, to] = [to, from];
    }
    return from;
  }
}

export interface HistoryOptions {
  readonly listeners: readonly Listener[];
  readonly charts: Charts;
  readonly random: Random;
  readonly encoder: EventEncoder;
  readonly emitter: Emitter;
  readonly from: number;
  /** Exclusive; undefined: until `events` have been made. */
  readonly to: number | undefined;
  readonly events: number | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (events: number, at: number) => void;
}

/**
 * Makes the events of a time span in the order of their receipt, a UTC day at a time.
 * @returns the time of the last event.
 */
export async function runHistory(options: HistoryOptions): Promise<number> {
  const { from, to, events, emitter, signal } = options;
  const plans = new Map<number, DayPlan>();
  const busyUntil = new Float64Array(options.listeners.length);
  let last = from;
  for (let day = Math.floor(from / dayMs); to === undefined || day * dayMs < to; day += 1) {
    for (const listener of options.listeners) planDay(options, listener, day, plans, busyUntil);
    const plan = plans.get(day);
    plans.delete(day);
    if (plan === undefined) continue;
    for (const index of plan.order(day * dayMs)) {
      const at = plan.times[index]!;
      if (at < from) continue;
      if (to !== undefined && at >= to) break;
      if (emitter.events === events || signal?.aborted) return last;
      const { play, id } = plan.plays[index]!;
      last = at;
      const waiting = emitter.emit(topicsByKind[plan.kinds[index]!]!, play, id, at);
      if (waiting !== undefined) await waiting;
    }
    options.onProgress?.(emitter.events, last);
    if (emitter.events === events) break;
  }
  return last;
}

function planDay(
  options: HistoryOptions,
  listener: Listener,
  day: number,
  plans: Map<number, DayPlan>,
  busyUntil: Float64Array,
): void {
  const { random } = options;
  if (!random.chance(listener.activeDays)) return;
  const sessions = Math.max(1, Math.round(listener.sessionsPerDay * (0.6 + 0.8 * random.unit())));
  const starts: number[] = [];
  for (let session = 0; session < sessions; session += 1) {
    const local = listener.hours.draw(random) * hourMs + Math.floor(random.unit() * hourMs);
    starts.push(day * dayMs + ((local - listener.offsetMs + dayMs) % dayMs));
  }
  starts.sort((a, b) => a - b);
  for (const start of starts) {
    const begin = Math.max(start, busyUntil[listener.index]! + betweenSessionsMs);
    if (begin >= (day + 1) * dayMs) break;
    busyUntil[listener.index] = planSession(options, listener, begin, plans);
  }
}

function planSession(
  options: HistoryOptions,
  listener: Listener,
  begin: number,
  plans: Map<number, DayPlan>,
): number {
  const { random, charts, encoder } = options;
  const session = beginSession(listener, random);
  // Offline listening arrives when there is a connection again: hours, sometimes days later.
  const reconnect = session.offline ? Math.floor(random.exponential(9 * hourMs)) + 600_000 : 0;
  const add = (kind: number, planned: Planned, time: number) => {
    const day = Math.floor(time / dayMs);
    let plan = plans.get(day);
    if (plan === undefined) {
      plan = new DayPlan();
      plans.set(day, plan);
    }
    plan.add(kind, planned, time);
  };
  let time = begin;
  for (let index = 0; index < session.plays; index += 1) {
    const play = nextPlayback(listener, session, time, charts, random);
    const planned = { play, id: encoder.newPlayId(time) };
    const end = time + play.listenedMs;
    if (!session.offline) add(startKind, planned, time);
    if (play.liked !== undefined) add(likeKind, planned, time + (play.listenedMs >> 1) + reconnect);
    add(playKind, planned, end + reconnect);
    if (play.skipped) add(skipKind, planned, end + reconnect);
    time = end + pauseAfter(random);
  }
  return time;
}
