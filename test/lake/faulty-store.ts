import type fc from 'fast-check';
import type { Store } from '../../src/lake/store.ts';
import type { MemoryStore } from './memory-store.ts';

/**
 * What can become of a write. `lost`: it was done, but the reply is an error. `exists`: it was done,
 * the reply was lost, and a second try inside the adapter finds the object there. `late`: the reply is
 * an error and the write is done at some time afterwards. `refused`: an error, and nothing was done.
 */
export const faults = ['none', 'lost', 'exists', 'late', 'refused'] as const;
export type Fault = (typeof faults)[number];

export class StoreFailure extends Error {}

/** One writer's way to the store: every request may be overtaken, fail, or be the writer's last. */
export class FaultyStore implements Store {
  /** Resolves when the writer has stopped for ever. */
  readonly crashed: Promise<void>;
  readonly #inner: MemoryStore;
  readonly #scheduler: fc.Scheduler;
  readonly #name: string;
  readonly #faults: Fault[];
  #stepsLeft: number;
  #crash!: () => void;

  /** @param crashAfter requests and replies until the writer stops for ever, at any `await`. */
  constructor(
    inner: MemoryStore,
    scheduler: fc.Scheduler,
    name: string,
    plan: { faults: readonly Fault[]; crashAfter: number },
  ) {
    this.#inner = inner;
    this.#scheduler = scheduler;
    this.#name = name;
    this.#faults = [...plan.faults];
    this.#stepsLeft = plan.crashAfter;
    this.crashed = new Promise((resolve) => {
      this.#crash = resolve;
    });
  }

  putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    return this.#write(`put-if-absent ${key}`, () => this.#inner.putIfAbsent(key, bytes), false);
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#write(`put ${key}`, () => this.#inner.put(key, bytes), undefined);
  }

  uploadIfAbsent(key: string, localPath: string): Promise<boolean> {
    const work = () => this.#inner.uploadIfAbsent(key, localPath);
    return this.#write(`upload ${key}`, work, false);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    await this.step(`get ${key}`);
    const bytes = await this.#inner.get(key);
    await this.step(`got ${key}`);
    return bytes;
  }

  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number; modifiedAt: number }> {
    await this.step(`list ${prefix}`);
    const page = [];
    for await (const found of this.#inner.list(prefix)) page.push(found);
    await this.step(`listed ${prefix}`);
    yield* page;
  }

  async delete(key: string): Promise<void> {
    await this.step(`delete ${key}`);
    await this.#inner.delete(key);
    await this.step(`deleted ${key}`);
  }

  async localCopy(key: string, directory: string): Promise<string | undefined> {
    await this.step(`get ${key}`);
    const path = await this.#inner.localCopy(key, directory);
    await this.step(`got ${key}`);
    return path;
  }

  async readerAccess(): Promise<undefined> {
    return undefined;
  }

  async endAbandonedUploads(): Promise<number> {
    return 0;
  }

  location(key: string): string {
    return this.#inner.location(key);
  }

  /** Lets others go first, as long as the scheduler likes. */
  async step(label: string): Promise<void> {
    if (this.#stepsLeft <= 0) {
      this.#crash();
      await new Promise<never>(() => undefined);
    }
    this.#stepsLeft -= 1;
    await this.#scheduler.schedule(Promise.resolve(), `${this.#name}: ${label}`);
  }

  async #write<T>(label: string, work: () => Promise<T>, whenThere: T): Promise<T> {
    const fault = this.#faults.shift() ?? 'none';
    await this.step(label);
    if (fault === 'late') {
      void this.#scheduler.schedule(Promise.resolve(), `${this.#name}: late ${label}`).then(work);
    }
    if (fault === 'late' || fault === 'refused') throw new StoreFailure(`${fault}: ${label}`);
    const result = await work();
    await this.step(`reply to ${label}`);
    if (fault === 'lost') throw new StoreFailure(`lost: ${label}`);
    return fault === 'exists' ? whenThere : result;
  }
}
