/**
 * What was made last for some keys, up to a size of all together. Two who ask for the same at once wait for one; what
 * failed is made again. A size is known when the entry is made.
 */
export class RecentEntries<T> {
  readonly #entries = new Map<string, { made: Promise<T>; size: number }>();
  readonly #most: number;
  readonly #sizeOf: (key: string, made: T) => number;
  #size = 0;

  /** @param most size of all entries together, in the unit of sizeOf. */
  constructor(most: number, sizeOf: (key: string, made: T) => number) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  /** Size of what is kept. */
  get size(): number {
    return this.#size;
  }

  /** @param make makes the entry where it is not kept. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#entries.get(key);
    if (kept !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, kept);
      return kept.made;
    }
    const entry = { made: make(), size: 0 };
    this.#entries.set(key, entry);
    entry.made.then(
      (made) => {
        if (this.#entries.get(key) !== entry) return;
        entry.size = this.#sizeOf(key, made);
        this.#size += entry.size;
        this.#dropOldest();
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry.made;
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }

  #dropOldest(): void {
    for (const [key, { size }] of this.#entries) {
      if (this.#size <= this.#most) return;
      this.#entries.delete(key);
      this.#size -= size;
    }
  }
}
