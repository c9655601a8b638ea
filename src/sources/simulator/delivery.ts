import type { EventTopic } from '../../../contracts/index.ts';
import { broken } from './broken-events.ts';
import { type DelayedRecord, DelayedRecords } from './delayed-records.ts';
import { FaultDraw, type Faults } from './faults.ts';
import type { SimulationOutput } from './output.ts';
import type { Random } from './random.ts';

const hourMs = 3_600_000;
const quarterHourMs = 900_000;

export interface DeliveryOptions {
  readonly faults: Faults;
  readonly random: Random;
  /** Stop after this many well-formed events. */
  readonly events: number | undefined;
  /** ms since the epoch: what would be received from then on is left out. */
  readonly until: number;
}

/**
 * Carries events to the output in the order of receipt. What arrives late waits here; the
 * faults that were asked for happen here.
 */
export class Delivery {
  /** Records written by topic, repeated and broken ones among them. */
  readonly produced: Record<EventTopic, number> = { starts: 0, plays: 0, skips: 0, likes: 0 };
  readonly faults = { duplicates: 0, late: 0, malformed: 0, out_of_order: 0 };
  /** Well-formed events taken, repeats not counted. */
  events = 0;
  /** Records written so far, of every kind. */
  written = 0;
  /** True when as many events were taken as were asked for. */
  complete = false;
  /** Time of the last receipt, ms. */
  lastReceipt = Number.NEGATIVE_INFINITY;
  /** Set while the output is behind. */
  blocked: Promise<void> | undefined;
  readonly #output: SimulationOutput;
  readonly #options: DeliveryOptions;
  readonly #draw: FaultDraw | undefined;
  readonly #droppedHour: number | undefined;
  readonly #delayed = new DelayedRecords();
  readonly #overtaken = new Map<EventTopic, DelayedRecord>();

  constructor(output: SimulationOutput, options: DeliveryOptions) {
    this.#output = output;
    this.#options = options;
    const { dropHour, ...shares } = options.faults;
    this.#droppedHour = dropHour === undefined ? undefined : Math.floor(dropHour / hourMs);
    if (Object.values(shares).some((share) => share !== 0 && share !== undefined)) {
      this.#draw = new FaultDraw(options.faults, options.random);
    }
    this.complete = options.events === 0;
  }

  /** Time of the next record that waits, ms; positive infinity for none. */
  get nextAt(): number {
    return this.#delayed.nextAt;
  }

  /**
   * Takes an event. `value` may be a view: it is copied where it has to wait.
   * @param now present time of the simulation, ms; `receivedAt` may lie ahead of it.
   */
  take(topic: EventTopic, key: string, value: Uint8Array, receivedAt: number, now: number): void {
    if (this.complete) return;
    if (this.#draw === undefined) {
      if (!this.#isReceived(receivedAt)) return;
      this.#count();
      if (receivedAt > now) this.#delay(topic, key, value, receivedAt);
      else this.#write(topic, key, value, receivedAt);
      return;
    }
    this.#takeFaulty(this.#draw, topic, key, value, receivedAt, now);
  }

  #takeFaulty(
    draw: FaultDraw,
    topic: EventTopic,
    key: string,
    value: Uint8Array,
    planned: number,
    now: number,
  ): void {
    const { random } = this.#options;
    const fault = draw.next();
    const receivedAt = fault === 'late' ? planned + hourMs + random.below(47 * hourMs) : planned;
    if (!this.#isReceived(receivedAt)) return;
    if (fault === 'malformed') {
      this.faults.malformed += 1;
      this.#sendOrDelay(topic, key, broken(value, random), receivedAt, now);
      return;
    }
    this.#count();
    if (fault === 'late') this.faults.late += 1;
    if (fault === 'duplicate') {
      const again = receivedAt + 1000 + random.below(quarterHourMs);
      if (this.#isReceived(again)) {
        this.faults.duplicates += 1;
        this.#delay(topic, key, value, again);
      }
    }
    if (fault === 'out_of_order' && receivedAt <= now && !this.#overtaken.has(topic)) {
      this.#overtaken.set(topic, { topic, key, value: Uint8Array.from(value), receivedAt });
      return;
    }
    this.#sendOrDelay(topic, key, value, receivedAt, now);
  }

  /** Writes what waits for a time up to `now`. */
  release(now: number): void {
    while (this.#delayed.size > 0 && this.#delayed.nextAt <= now) {
      const { topic, key, value, receivedAt } = this.#delayed.take();
      this.#write(topic, key, value, receivedAt);
      if (this.blocked !== undefined) return;
    }
  }

  /** Writes all that still waits, and waits for the output. */
  async finish(): Promise<void> {
    while (this.#delayed.size > 0) {
      this.release(Number.POSITIVE_INFINITY);
      await this.unblock();
    }
    await this.close();
  }

  /** Waits for the output; what waits for a later time is not written. */
  async close(): Promise<void> {
    for (const record of this.#overtaken.values()) {
      // Nothing came to overtake it.
      this.#send(
        record.topic,
        record.key,
        record.value,
        Math.max(record.receivedAt, this.lastReceipt),
      );
    }
    this.#overtaken.clear();
    await this.unblock();
    await this.#output.flush();
  }

  async unblock(): Promise<void> {
    const waiting = this.blocked;
    this.blocked = undefined;
    await waiting;
  }

  #count(): void {
    this.events += 1;
    this.complete = this.events === this.#options.events;
  }

  #isReceived(at: number): boolean {
    return at < this.#options.until && Math.floor(at / hourMs) !== this.#droppedHour;
  }

  #sendOrDelay(topic: EventTopic, key: string, value: Uint8Array, at: number, now: number): void {
    if (at > now) this.#delay(topic, key, value, at);
    else this.#write(topic, key, value, at);
  }

  #delay(topic: EventTopic, key: string, value: Uint8Array, receivedAt: number): void {
    this.#delayed.push({ topic, key, value: Uint8Array.from(value), receivedAt });
  }

  #write(topic: EventTopic, key: string, value: Uint8Array, receivedAt: number): void {
    this.#send(topic, key, value, receivedAt);
    const overtaken = this.#overtaken.get(topic);
    if (overtaken === undefined) return;
    this.#overtaken.delete(topic);
    this.faults.out_of_order += 1;
    this.#send(topic, overtaken.key, overtaken.value, receivedAt);
  }

  #send(topic: EventTopic, key: string, value: Uint8Array, receivedAt: number): void {
    this.produced[topic] += 1;
    this.written += 1;
    this.lastReceipt = receivedAt;
    const waiting = this.#output.write(topic, key, value, receivedAt);
    if (waiting === undefined) return;
    const before = this.blocked;
    this.blocked = before === undefined ? waiting : before.then(() => waiting);
  }
}
