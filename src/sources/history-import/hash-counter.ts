/**
 * Counts 64-bit hashes in a few bytes each, so that millions of rows can be told apart in little memory.
 * Two of a million rows share a hash once in 30 million imports.
 */
export class HashCounter {
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  #counts = new Uint32Array(1024);
  #used = 0;

  /** How often the hash was added. */
  count(high: number, low: number): number {
    return this.#counts[this.#slot(high, low)]!;
  }

  /** Adds the hash and returns how often it had been added before. */
  add(high: number, low: number): number {
    const slot = this.#slot(high, low);
    const before = this.#counts[slot]!;
    if (this.#high[slot] === 0 && this.#low[slot] === 0) {
      this.#used += 1;
      this.#high[slot] = high === 0 && low === 0 ? 1 : high;
      this.#low[slot] = low;
    }
    this.#counts[slot] = before + 1;
    if (this.#used * 2 > this.#counts.length) this.#grow();
    return before;
  }

  /** Takes one away; false where there is none. */
  take(high: number, low: number): boolean {
    const slot = this.#slot(high, low);
    if (this.#counts[slot] === 0) return false;
    this.#counts[slot]! -= 1;
    return true;
  }

  /** Where the hash is, or would be: open addressing, an entry without hash is free. */
  #slot(high: number, low: number): number {
    const wanted = high === 0 && low === 0 ? 1 : high;
    const mask = this.#counts.length - 1;
    let slot = low & mask;
    while (this.#high[slot] !== 0 || this.#low[slot] !== 0) {
      if (this.#high[slot] === wanted && this.#low[slot] === low) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [highs, lows, counts] = [this.#high, this.#low, this.#counts];
    const size = counts.length * 2;
    this.#high = new Uint32Array(size);
    this.#low = new Uint32Array(size);
    this.#counts = new Uint32Array(size);
    for (let at = 0; at < counts.length; at += 1) {
      const [high, low] = [highs[at]!, lows[at]!];
      if (high === 0 && low === 0) continue;
      const slot = this.#slot(high, low);
      this.#high[slot] = high;
      this.#low[slot] = low;
      this.#counts[slot] = counts[at]!;
    }
  }
}
