import type { EventTopic } from '../../../contracts/index.ts';
import type { EventEncoder, PlayId } from './event-encoder.ts';
import { breakEvent, DelayQueue, type Faults } from './faults.ts';
import type { Playback } from './listening.ts';
import type { SimulationOutput } from './output.ts';
import type { Random } from './random.ts';

const hourMs = 3_600_000;

/** What was made. Duplicates and broken records count under their topic too. */
export interface EmittedCounts {
  readonly produced: Record<EventTopic, number>;
  readonly faults: { duplicates: number; late: number; malformed: number; out_of_order: number };
}

/** Encodes events in the order of their receipt and applies the faults that were asked for. */
export class Emitter {
  readonly counts: EmittedCounts = {
    produced: { starts: 0, plays: 0, skips: 0, likes: 0 },
    faults: { duplicates: 0, late: 0, malformed: 0, out_of_order: 0 },
  };
  /** Events made, without repeats. */
  events = 0;
  readonly #encoder: EventEncoder;
  readonly #output: SimulationOutput;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #faulty: boolean;
  readonly #delayed = new DelayQueue();

  constructor(encoder: EventEncoder, output: SimulationOutput, faults: Faults, random: Random) {
    this.#encoder = encoder;
    this.#output = output;
    this.#faults = faults;
    this.#random = random;
    this.#faulty = Object.values(faults).some((value) => value !== undefined && value > 0);
  }

  emit(topic: EventTopic, play: Playback, playId: PlayId, at: number): void | Promise<void> {
    if (this.#faulty) return this.#emitFaulty(topic, play, playId, at);
    this.events += 1;
    this.counts.produced[topic] += 1;
    return this.#output.write(
      topic,
      play.listener.id,
      this.#encoder.encode(topic, play, playId, at),
      at,
    );
  }

  /** Sends what was held back until a time. */
  async release(until: number): Promise<void> {
    for (;;) {
      const record = this.#delayed.takeUntil(until);
      if (record === undefined) return;
      if (this.#isDropped(record.at)) continue;
      this.counts.produced[record.topic] += 1;
      await this.#output.write(record.topic, record.key, record.value, record.at);
    }
  }

  async #emitFaulty(topic: EventTopic, play: Playback, playId: PlayId, at: number): Promise<void> {
    const { duplicates = 0, late = 0, malformed = 0, outOfOrder = 0 } = this.#faults;
    const random = this.#random;
    await this.release(at);
    if (this.#isDropped(at)) return;
    this.events += 1;
    const key = play.listener.id;
    let value = this.#encoder.encode(topic, play, playId, at);
    const { faults } = this.counts;
    if (random.chance(malformed)) {
      value = breakEvent(value, random);
      faults.malformed += 1;
    }
    if (random.chance(duplicates)) {
      this.#delayed.push({
        at: at + 1 + random.below(hourMs),
        topic,
        key,
        value: Uint8Array.from(value),
      });
      faults.duplicates += 1;
    }
    let delay = 0;
    if (random.chance(late)) {
      delay = hourMs * (1 + random.below(47));
      faults.late += 1;
    } else if (random.chance(outOfOrder)) {
      delay = 1 + random.below(5000);
      faults.out_of_order += 1;
    }
    if (delay > 0) {
      this.#delayed.push({ at: at + delay, topic, key, value: Uint8Array.from(value) });
      return;
    }
    this.counts.produced[topic] += 1;
    await this.#output.write(topic, key, value, at);
  }

  #isDropped(at: number): boolean {
    const { dropHour } = this.#faults;
    return dropHour !== undefined && Math.floor(at / hourMs) === Math.floor(dropHour / hourMs);
  }
}
