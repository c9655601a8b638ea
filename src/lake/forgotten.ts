/**
 * Who has asked to be forgotten: a list beside the tables that every writer of this lake reads. It holds no
 * names, only keyed hashes, in the order in which people were forgotten or allowed again.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { versionName } from './delta-actions.ts';
import type { Store } from './store.ts';

const folder = '_forgotten';
const keyName = `${folder}/key`;
/** Names whose answer is remembered, so that a hash is made once a listener. */
const answersKept = 100_000;

/** `txn` application id: how many entries of the list a table's rows have been freed of. */
export const forgottenId = 'tonearm/forgotten';

/** `txn` application id: records of a topic that were taken out, or never stored, for somebody who is forgotten. */
export const erasedId = (topic: string): string => `tonearm/erased/${topic}`;

interface Entry {
  readonly action: 'forget' | 'allow';
  /** HMAC-SHA256 of the name. */
  readonly listener: string;
  /** RFC 3339. */
  readonly at: string;
}

/** The list as of the last `refresh`. */
export class ForgottenListeners {
  readonly #store: Store;
  #key: Buffer | undefined;
  /** Entries read; the next one has this number. */
  #read = 0;
  readonly #listeners = new Map<string, string>();
  /** Names that are not on the list. */
  #answers = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  static async open(store: Store): Promise<ForgottenListeners> {
    const list = new ForgottenListeners(store);
    await list.refresh();
    return list;
  }

  /** Number of entries that are known: what `forgottenId` counts. */
  get entries(): number {
    return this.#read;
  }

  /** True when nobody is forgotten: then nothing has to be looked up. */
  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** Reads what was added since. One request where nothing was. */
  async refresh(): Promise<void> {
    for (;;) {
      const bytes = await this.#store.get(entryName(this.#read));
      if (bytes === undefined) return;
      this.#key ??= await this.#readKey();
      this.#take(JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry);
    }
  }

  has(user: string): boolean {
    if (this.#listeners.size === 0) return false;
    if (this.#answers.has(user)) return false;
    if (this.#answers.size >= answersKept) this.#answers.clear();
    const found = this.#listeners.has(this.#hash(user));
    // The names of those who were erased are not kept here either.
    if (!found) this.#answers.add(user);
    return found;
  }

  /** When somebody was forgotten, RFC 3339; undefined for everybody else. */
  since(user: string): string | undefined {
    return this.#listeners.size === 0 ? undefined : this.#listeners.get(this.#hash(user));
  }

  /** Adds somebody, or allows them again. False when that was so already. */
  async record(action: Entry['action'], user: string, now: number): Promise<boolean> {
    this.#key ??= await this.#makeKey();
    for (;;) {
      await this.refresh();
      if (this.has(user) === (action === 'forget')) return false;
      const entry: Entry = {
        action,
        listener: this.#hash(user),
        at: new Date(now).toISOString(),
      };
      const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
      if (!(await this.#store.putIfAbsent(entryName(this.#read), bytes))) continue;
      await this.refresh();
      return true;
    }
  }

  #take({ action, listener, at }: Entry): void {
    if (action === 'forget') this.#listeners.set(listener, at);
    else this.#listeners.delete(listener);
    this.#read += 1;
    this.#answers = new Set();
  }

  #hash(user: string): string {
    return createHmac('sha256', this.#key!).update(user).digest('hex');
  }

  async #readKey(): Promise<Buffer> {
    const bytes = await this.#store.get(keyName);
    if (bytes === undefined) throw new Error(`${this.#store.location(keyName)} is missing`);
    return Buffer.from(Buffer.from(bytes).toString('utf8').trim(), 'base64');
  }

  /** The first key stays, whoever made it. */
  async #makeKey(): Promise<Buffer> {
    const key = Buffer.from(`${randomBytes(32).toString('base64')}\n`);
    await this.#store.putIfAbsent(keyName, key);
    return await this.#readKey();
  }
}

const entryName = (number: number): string => `${folder}/${versionName(number)}.json`;
