import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type EventTopic, eventTopics } from '../../contracts/index.ts';
import { isRunning } from './staging.ts';
import type { Store } from './store.ts';

const folder = '_sinks';

export interface SinkGroupOptions {
  readonly store: Store;
  readonly member: SinkMember;
  /** True when a process of this host runs. */
  readonly isRunning: (pid: number) => boolean;
  /** Time between two signs of life, ms. */
  readonly intervalMs?: number;
  /** A member without a sign of life for this long is gone, ms. */
  readonly timeoutMs?: number;
}

export interface SinkMember {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

/**
 * The sinks at work on one lake share its partitions. Each leaves a sign of life in the lake's
 * store every few seconds; who sees the same members gives each the same partitions. They may
 * disagree for a moment: then two read the same records, and the lake's commit decides which of them stores them.
 */
export class SinkGroup {
  readonly #options: Required<SinkGroupOptions>;
  readonly #known = new Map<string, SinkMember>();
  #members: readonly string[] = [];
  #before: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(options: SinkGroupOptions) {
    this.#options = { intervalMs: 3000, timeoutMs: 12_000, ...options };
  }

  /** Ids of the living members, this one among them, in order. */
  get members(): readonly string[] {
    return this.#members;
  }

  /** Joins, and stays a member until `leave`. */
  async join(): Promise<void> {
    await this.beat();
    // A beat that fails is made up for by the next: membership saves work, it keeps nothing right.
    this.#timer = setInterval(() => {
      this.#beating = this.beat().catch(() => undefined);
    }, this.#options.intervalMs);
    this.#timer.unref();
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    // A sign that stays, since the store is away, counts as gone after a while.
    await this.#options.store.delete(key(this.#options.member.id)).catch(() => undefined);
  }

  /**
   * True when a partition is this member's. One that another member had until now is left
   * alone for a beat: its owner finds out and stops meanwhile.
   */
  owns(topic: EventTopic, partition: number): boolean {
    const { id } = this.#options.member;
    if (ownerOf(this.#members, topic, partition) !== id) return false;
    if (this.#members.length === 1 || sameMembers(this.#members, this.#before)) return true;
    return ownerOf(this.#before, topic, partition) === id;
  }

  /** Leaves a sign of life and looks for those of others. */
  async beat(): Promise<void> {
    const { store, member, timeoutMs, isRunning } = this.#options;
    await store.put(key(member.id), Buffer.from(JSON.stringify(member)));
    const signs: { id: string; at: number }[] = [];
    for await (const { key: name, modifiedAt } of store.list(folder)) {
      const id = /([^/]+)\.json$/.exec(name)?.[1];
      if (id !== undefined) signs.push({ id, at: modifiedAt });
    }
    // The store's own clock tells the ages: members' clocks may differ.
    const now = signs.find((sign) => sign.id === member.id)?.at ?? Number.POSITIVE_INFINITY;
    const living = [member.id];
    for (const { id, at } of signs) {
      if (id === member.id) continue;
      const other = await this.#describe(id);
      const ended = other?.host === member.host && !isRunning(other.pid);
      if (ended || now - at > timeoutMs * 10) await store.delete(key(id));
      else if (now - at <= timeoutMs) living.push(id);
    }
    this.#before = this.#members;
    this.#members = living.sort();
  }

  async #describe(id: string): Promise<SinkMember | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const bytes = await this.#options.store.get(key(id));
    if (bytes === undefined) return undefined;
    const member = JSON.parse(Buffer.from(bytes).toString()) as SinkMember;
    this.#known.set(id, member);
    return member;
  }
}

/**
 * A group with this process as its member.
 * @param flushMs time between two commits of a sink: who writes seldom shows life seldom too, since each sign
 *   costs two requests. The sinks of a lake must agree on it.
 */
export function sinkGroup(store: Store, flushMs = 5000): SinkGroup {
  const member = { id: randomUUID(), host: hostname(), pid: process.pid };
  const intervalMs = signIntervalMs(flushMs);
  return new SinkGroup({ store, member, isRunning, intervalMs, timeoutMs: intervalMs * 4 });
}

/** Time between two signs of life, ms: a third of a flush, from 3 to 20 s. */
export const signIntervalMs = (flushMs: number): number =>
  Math.min(20_000, Math.max(3000, Math.round(flushMs / 3)));

const key = (id: string): string => `${folder}/${id}.json`;

/** Partitions go round the members, each topic beginning with another one. */
function ownerOf(members: readonly string[], topic: EventTopic, partition: number) {
  return members[(partition + eventTopics.indexOf(topic)) % members.length];
}

const sameMembers = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((id, index) => id === right[index]);
