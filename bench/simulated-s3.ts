import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Store } from '../src/lake/store.ts';

/** Time that passes only when everybody waits. Whole milliseconds. */
export class VirtualClock {
  #now = 0;
  readonly #waiting = new Map<number, (() => void)[]>();

  readonly now = (): number => this.#now;

  readonly wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const at = this.#now + Math.max(1, Math.round(ms));
      const others = this.#waiting.get(at);
      if (others === undefined) this.#waiting.set(at, [resolve]);
      else others.push(resolve);
    });

  /** Lets a number of milliseconds pass. */
  async run(ms: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const end = this.#now + ms; this.#now < end; this.#now += 1) {
      const due = this.#waiting.get(this.#now);
      if (due === undefined) continue;
      this.#waiting.delete(this.#now);
      for (const resolve of due) resolve();
      // Whatever follows from these replies without waiting happens before time goes on.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Median ms of small requests inside one region, and the spread of their logarithm. */
export const latency = { put: 65, get: 30, list: 75, spread: 0.4 };
/** Requests a second and prefix before the answer is 503. */
export const limits = { write: 3500, read: 5500 };
/** Dollars a request: S3 Standard, us-east-1. */
export const prices = { write: 0.005 / 1000, read: 0.0004 / 1000 };
/** Bytes a second of one connection. */
const bytesPerSecond = 90e6;
const maxRetryMs = 20_000;

/** Seeded numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A bucket with S3's latencies, request limits and prices, in memory and on a virtual clock. */
export class SimulatedS3 implements Store {
  readonly counts = { writes: 0, reads: 0, refused: 0, conflicts: 0 };
  readonly #objects = new Map<string, Uint8Array>();
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  /** Requests in the present second, by prefix and kind. */
  readonly #rates = new Map<string, { second: number; requests: number }>();

  constructor(clock: VirtualClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    return await this.#request('write', latency.put, key, () => {
      const isFree = !this.#objects.has(key);
      if (isFree) this.#objects.set(key, bytes);
      else this.counts.conflicts += 1;
      return isFree;
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#request('write', latency.put, key, () => this.#objects.set(key, bytes));
  }

  /** @param localPath here the number of bytes, in place of a file. */
  async uploadIfAbsent(key: string, localPath: string): Promise<boolean> {
    await this.#clock.wait((Number(localPath) / bytesPerSecond) * 1000);
    return await this.#request('write', latency.put, key, () => true);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return await this.#request('read', latency.get, key, () => this.#objects.get(key));
  }

  // biome-ignore lint/correctness/useYield: nothing that is measured here lists.
  async *list(): AsyncIterable<{ key: string; bytes: number; modifiedAt: number }> {
    throw new Error('The commit protocol lists nothing.');
  }

  async delete(key: string): Promise<void> {
    await this.#request('write', latency.put, key, () => this.#objects.delete(key));
  }

  async localCopy(key: string, directory: string): Promise<string | undefined> {
    const bytes = await this.get(key);
    if (bytes === undefined) return undefined;
    const path = join(directory, basename(key));
    await writeFile(path, bytes);
    return path;
  }

  async readerAccess(): Promise<undefined> {
    return undefined;
  }

  async endAbandonedUploads(): Promise<number> {
    return 0;
  }

  location(key: string): string {
    return `s3://simulated/${key}`;
  }

  /** The server acts half-way between request and reply; 503 is tried again as the SDK does, with full jitter. */
  async #request<T>(kind: 'write' | 'read', median: number, key: string, act: () => T): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      const duration = median * Math.exp(latency.spread * this.#normal());
      await this.#clock.wait(duration / 2);
      this.counts[kind === 'write' ? 'writes' : 'reads'] += 1;
      const isRefused = this.#isOverLimit(kind, key);
      const result = isRefused ? undefined : { value: act() };
      await this.#clock.wait(duration / 2);
      if (result !== undefined) return result.value;
      this.counts.refused += 1;
      await this.#clock.wait(this.#random() * Math.min(100 * 2 ** attempt, maxRetryMs));
    }
  }

  /** A new bucket is one partition as far as the table's folder: its limit is the table's. */
  #isOverLimit(kind: 'write' | 'read', key: string): boolean {
    const name = `${kind} ${key.slice(0, key.indexOf('/'))}`;
    const second = Math.floor(this.#clock.now() / 1000);
    const rate = this.#rates.get(name);
    if (rate === undefined || rate.second !== second) {
      this.#rates.set(name, { second, requests: 1 });
      return false;
    }
    rate.requests += 1;
    return rate.requests > limits[kind];
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}
