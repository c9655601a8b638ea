import { atMost, cellsToCompare } from './comparisons.ts';
import { type CsrMatrix, columnCounts, transpose, withValues } from './csr-matrix.ts';
import { type NeighbourModel, recommenderOf } from './item-model.ts';
import type { Recommender } from './recommender.ts';
import { type Weighting, weigh } from './weighting.ts';

export interface CosineParameters {
  readonly weighting: Weighting;
  /** Added to the product of lengths: pairs that few people share count less. In mean squared column lengths. */
  readonly shrinkage: number;
  /** Neighbours kept an item. */
  readonly neighbours: number;
}

export interface Bm25Parameters {
  readonly weighting: Weighting;
  /** How soon repeats stop to count. */
  readonly k1: number;
  /** How much the number of an item's plays counts against it, 0 to 1. */
  readonly b: number;
  readonly neighbours: number;
}

export interface Rp3BetaParameters {
  /** Power of the probabilities of the steps. */
  readonly alpha: number;
  /** Power by which popular items are held back. */
  readonly beta: number;
  readonly neighbours: number;
}

/** Item-based cosine similarity with shrinkage. */
export function fitCosine(matrix: CsrMatrix, parameters: CosineParameters): Recommender {
  const { weighting, neighbours } = parameters;
  const weighted = toCompare(weigh(matrix, weighting));
  const squares = new Float64Array(matrix.columns);
  for (let at = 0; at < weighted.values.length; at += 1) {
    squares[weighted.indices[at]!]! += weighted.values[at]! ** 2;
  }
  const mean = squares.reduce((sum, square) => sum + square, 0) / Math.max(1, matrix.columns);
  const lengths = squares.map(Math.sqrt);
  const rule = { item: lengths, other: lengths, added: parameters.shrinkage * mean };
  const similar = mostSimilar(weighted, weighted, neighbours, rule);
  return recommenderOf({ kind: 'neighbours', weighting, ...similar }, matrix);
}

/**
 * Item-based neighbours over BM25 weights, as `implicit` has it: items are the documents, their
 * listeners the terms; the user's own items count once each.
 */
export function fitBm25(matrix: CsrMatrix, parameters: Bm25Parameters): Recommender {
  const { k1, b } = parameters;
  const weighted = weigh(matrix, parameters.weighting);
  const lengths = new Float64Array(matrix.columns);
  let total = 0;
  for (let at = 0; at < weighted.values.length; at += 1) {
    lengths[weighted.indices[at]!]! += weighted.values[at]!;
    total += weighted.values[at]!;
  }
  const mean = total / Math.max(1, matrix.columns) || 1;
  const bm25 = toCompare(
    withValues(weighted, (value, user, item) => {
      if (value === 0) return 0;
      const items = matrix.starts[user + 1]! - matrix.starts[user]!;
      const rarity = Math.max(0, Math.log(matrix.columns) - Math.log1p(items));
      const saturation = k1 * (1 - b + (b * lengths[item]!) / mean) + value;
      return ((value * (k1 + 1)) / saturation) * rarity;
    }),
  );
  const similar = mostSimilar(bm25, bm25, parameters.neighbours);
  return recommenderOf({ kind: 'neighbours', weighting: 'binary', ...similar }, matrix);
}

/**
 * Three steps of a random walk from user to item (RP3beta: Paudel et al., "Updatable, Accurate,
 * Diverse, and Scalable Recommendations", 2017).
 */
export function fitRp3Beta(matrix: CsrMatrix, parameters: Rp3BetaParameters): Recommender {
  const { alpha, beta } = parameters;
  const counts = columnCounts(matrix);
  const played = toCompare(weigh(matrix, 'binary'));
  const fromUser = withValues(
    played,
    (_value, user) => (1 / (matrix.starts[user + 1]! - matrix.starts[user]!)) ** alpha,
  );
  const fromItem = withValues(played, (_value, _user, item) => (1 / counts[item]!) ** alpha);
  const rule = {
    item: new Float64Array(matrix.columns).fill(1),
    other: Float64Array.from(counts, (count) => (count > 0 ? count ** beta : 1)),
    added: 0,
  };
  const similar = mostSimilar(fromItem, fromUser, parameters.neighbours, rule);
  return recommenderOf({ kind: 'neighbours', weighting: 'binary', ...similar }, matrix);
}

/** Of cells that say something, what all items can be compared by at a bearable cost. */
const toCompare = (weighted: CsrMatrix): CsrMatrix => atMost(weighted, cellsToCompare(weighted));

/** Divides a sum by item[i] × other[j] + added. */
interface Rule {
  readonly item: Float64Array;
  readonly other: Float64Array;
  readonly added: number;
}

/** Below this share of all items that an item may share a listener with, those it does are listed. */
const fewMet = 1 / 8;

/**
 * Similarity of item and other = `rule` of Σ over users of left · right, whose values are above 0; the best
 * `neighbours` of each item are kept, of equal ones the first.
 */
function mostSimilar(
  left: CsrMatrix,
  right: CsrMatrix,
  neighbours: number,
  rule?: Rule,
): Pick<NeighbourModel, 'starts' | 'items' | 'values'> {
  const byItem = transpose(left);
  const count = left.columns;
  const starts = new Int32Array(count + 1);
  const [items, values] = [new Grown(Int32Array), new Grown(Float32Array)];
  const sums = new Float64Array(count);
  const met = new Int32Array(count);
  const best = new Best(neighbours);
  for (let item = 0; item < count; item += 1) {
    const [from, to] = [byItem.starts[item]!, byItem.starts[item + 1]!];
    let cells = 0;
    for (let at = from; at < to; at += 1) {
      const user = byItem.indices[at]!;
      cells += right.starts[user + 1]! - right.starts[user]!;
    }
    const isFew = cells < count * fewMet;
    const length = isFew
      ? addFew(byItem, from, to, right, sums, met)
      : addMany(byItem, from, to, right, sums);
    if (rule !== undefined) divide(sums, isFew ? met : undefined, length, rule, item);
    best.take(sums, isFew ? met : undefined, length);
    items.append(best.items, best.size);
    values.append(best.values, best.size);
    starts[item + 1] = starts[item]! + best.size;
  }
  return { starts, items: items.all(), values: values.all() };
}

/** Adds up what all items share with one, and lists in `met` which they are, ascending; how many. */
function addFew(
  byItem: CsrMatrix,
  from: number,
  to: number,
  right: CsrMatrix,
  sums: Float64Array,
  met: Int32Array,
): number {
  let length = 0;
  for (let at = from; at < to; at += 1) {
    const user = byItem.indices[at]!;
    const value = byItem.values[at]!;
    const end = right.starts[user + 1]!;
    for (let cell = right.starts[user]!; cell < end; cell += 1) {
      const other = right.indices[cell]!;
      if (sums[other] === 0) {
        met[length] = other;
        length += 1;
      }
      sums[other]! += value * right.values[cell]!;
    }
  }
  met.subarray(0, length).sort();
  return length;
}

function addMany(
  byItem: CsrMatrix,
  from: number,
  to: number,
  right: CsrMatrix,
  sums: Float64Array,
): number {
  const { indices, values } = right;
  for (let at = from; at < to; at += 1) {
    const user = byItem.indices[at]!;
    const value = byItem.values[at]!;
    const end = right.starts[user + 1]!;
    for (let cell = right.starts[user]!; cell < end; cell += 1) {
      sums[indices[cell]!]! += value * values[cell]!;
    }
  }
  return sums.length;
}

function divide(
  sums: Float64Array,
  met: Int32Array | undefined,
  length: number,
  rule: Rule,
  item: number,
): void {
  const own = rule.item[item]!;
  for (let place = 0; place < length; place += 1) {
    const other = met === undefined ? place : met[place]!;
    if (sums[other] !== 0) sums[other]! /= own * rule.other[other]! + rule.added;
  }
}

/** The largest sums of a row, by item. */
class Best {
  readonly items: Int32Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
  size = 0;
  readonly #most: number;
  readonly #kept: Float64Array;

  constructor(most: number) {
    this.#most = most;
    this.items = new Int32Array(most);
    this.values = new Float32Array(most);
    this.#kept = new Float64Array(most);
  }

  /** Takes the largest of `sums` (at `met`, ascending, or everywhere), of equal ones the first, and clears them. */
  take(sums: Float64Array, met: Int32Array | undefined, length: number): void {
    const { items } = this;
    const kept = this.#kept;
    const most = this.#most;
    let size = 0;
    let least = 0;
    for (let place = 0; place < length; place += 1) {
      const item = met === undefined ? place : met[place]!;
      const value = sums[item]!;
      if (!(value > least)) continue;
      if (size < most) {
        items[size] = item;
        kept[size] = value;
        size += 1;
        if (size < most) continue;
        for (let start = (most >> 1) - 1; start >= 0; start -= 1) this.#sink(start);
      } else {
        items[0] = item;
        kept[0] = value;
        this.#sink(0);
      }
      least = kept[0]!;
    }
    items.subarray(0, size).sort();
    for (let place = 0; place < size; place += 1) this.values[place] = sums[items[place]!]!;
    this.size = size;
    if (met === undefined) sums.fill(0);
    else for (let place = 0; place < length; place += 1) sums[met[place]!] = 0;
  }

  /** Moves an entry down a full heap whose first is the smallest, of equal ones the last item. */
  #sink(start: number): void {
    const { items } = this;
    const kept = this.#kept;
    const size = this.#most;
    const item = items[start]!;
    const value = kept[start]!;
    let place = start;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      const next = child + 1;
      if (
        next < size &&
        (kept[next]! < kept[child]! || (kept[next] === kept[child] && items[next]! > items[child]!))
      ) {
        child = next;
      }
      if (!(kept[child]! < value || (kept[child] === value && items[child]! > item))) break;
      items[place] = items[child]!;
      kept[place] = kept[child]!;
      place = child;
    }
    items[place] = item;
    kept[place] = value;
  }
}

/** An array that grows at its end. */
class Grown<T extends Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>> {
  #array: T;
  #size = 0;
  readonly #make: new (
    length: number,
  ) => T;

  constructor(make: new (length: number) => T) {
    this.#make = make;
    this.#array = new make(1024);
  }

  append(from: T, length: number): void {
    if (this.#size + length > this.#array.length) {
      const larger = new this.#make(Math.ceil(this.#array.length * 1.5) + length);
      larger.set(this.#array.subarray(0, this.#size));
      this.#array = larger;
    }
    this.#array.set(from.subarray(0, length), this.#size);
    this.#size += length;
  }

  all(): T {
    return this.#array.slice(0, this.#size) as T;
  }
}
