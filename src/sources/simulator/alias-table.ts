import { fraction } from './random.ts';

/** Draws an index with probability proportional to its weight, in constant time (Vose's alias method). */
export class AliasTable {
  readonly #keep: Float64Array;
  readonly #other: Int32Array;

  constructor(weights: ArrayLike<number>) {
    const count = weights.length;
    let total = 0;
    for (let index = 0; index < count; index += 1) total += weights[index]!;
    this.#keep = new Float64Array(count);
    this.#other = new Int32Array(count);
    const small: number[] = [];
    const large: number[] = [];
    for (let index = 0; index < count; index += 1) {
      this.#keep[index] = (weights[index]! * count) / total;
      this.#other[index] = index;
      (this.#keep[index]! < 1 ? small : large).push(index);
    }
    while (small.length > 0 && large.length > 0) {
      const less = small.pop()!;
      const more = large.at(-1)!;
      this.#other[less] = more;
      this.#keep[more]! -= 1 - this.#keep[less]!;
      if (this.#keep[more]! < 1) small.push(large.pop()!);
    }
    // What is left differs from 1 by rounding alone.
    for (const index of [...small, ...large]) this.#keep[index] = 1;
  }

  /** The index that 32 random bits choose. */
  draw(bits: number): number {
    const position = fraction(bits) * this.#keep.length;
    const index = Math.floor(position);
    return position - index < this.#keep[index]! ? index : this.#other[index]!;
  }
}
