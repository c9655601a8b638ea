/** Ids of this long ago are still recognised, in milliseconds. */
const windowMs = 3_600_000;
const generations = 7;
const generationMs = windowMs / (generations - 1);
const firstCapacity = 4096;
/** Ids in one generation at most: beyond it the window gets shorter, not the memory larger. */
const maxIdsPerGeneration = 1_500_000;

/** A set of 53-bit numbers: open addressing in a Float64Array, 0 marks a free slot. */
class NumberSet {
  size = 0;
  #slots = new Float64Array(firstCapacity);

  has(value: number): boolean {
    const mask = this.#slots.length - 1;
    for (let slot = value & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot];
      if (found === value) return true;
      if (found === 0) return false;
    }
  }

  add(value: number): void {
    if (this.size * 3 >= this.#slots.length * 2) this.#grow();
    this.#insert(value);
    this.size += 1;
  }

  #insert(value: number): void {
    const mask = this.#slots.length - 1;
    let slot = value & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = value;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(old.length * 2);
    for (const value of old) if (value !== 0) this.#insert(value);
  }
}

/**
 * Remembers ids for an hour in about 12 bytes each. An id is kept as 53 bits of its hash:
 * among a million ids the chance that any two are confused is about 1 in 18,000.
 */
export class RecentIds {
  #sets: NumberSet[] = [new NumberSet()];
  #generationStart = Number.NEGATIVE_INFINITY;

  /**
   * Adds an id; false when it was there already.
   * @param time milliseconds since the epoch; decides when the id is forgotten.
   */
  add(id: string, time: number): boolean {
    const value = hash53(id);
    if (this.#sets.some((set) => set.has(value))) return false;
    this.#rotate(time);
    this.#sets[0]!.add(value);
    return true;
  }

  has(id: string): boolean {
    const value = hash53(id);
    return this.#sets.some((set) => set.has(value));
  }

  #rotate(time: number): void {
    const elapsed = time - this.#generationStart;
    if (elapsed < generationMs && this.#sets[0]!.size < maxIdsPerGeneration) return;
    this.#generationStart = Math.max(time, this.#generationStart);
    if (this.#sets[0]!.size > 0) this.#sets.unshift(new NumberSet());
    if (this.#sets.length > generations) this.#sets.length = generations;
  }
}

/** Two 32-bit multiplicative hashes (cyrb53's scheme), joined to 53 bits; never 0. */
function hash53(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0) || 1;
}
