import { type CsrMatrix, columnCounts, transpose, withValues } from './csr-matrix.ts';
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
  const weighted = weigh(matrix, parameters.weighting);
  const squares = new Float64Array(matrix.columns);
  for (let at = 0; at < weighted.values.length; at += 1) {
    squares[weighted.indices[at]!]! += weighted.values[at]! ** 2;
  }
  const mean = squares.reduce((sum, square) => sum + square, 0) / Math.max(1, matrix.columns);
  const shrinkage = parameters.shrinkage * mean;
  return fromSimilarity(
    weighted,
    weighted,
    weighted,
    parameters.neighbours,
    (value, item, other) =>
      value === 0 ? 0 : value / (Math.sqrt(squares[item]! * squares[other]!) + shrinkage),
  );
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
  const bm25 = withValues(weighted, (value, user, item) => {
    if (value === 0) return 0;
    const items = matrix.starts[user + 1]! - matrix.starts[user]!;
    const rarity = Math.max(0, Math.log(matrix.columns) - Math.log1p(items));
    const saturation = k1 * (1 - b + (b * lengths[item]!) / mean) + value;
    return ((value * (k1 + 1)) / saturation) * rarity;
  });
  return fromSimilarity(bm25, bm25, weigh(matrix, 'binary'), parameters.neighbours);
}

/**
 * Three steps of a random walk from user to item (RP3beta: Paudel et al., "Updatable, Accurate,
 * Diverse, and Scalable Recommendations", 2017).
 */
export function fitRp3Beta(matrix: CsrMatrix, parameters: Rp3BetaParameters): Recommender {
  const { alpha, beta } = parameters;
  const binary = weigh(matrix, 'binary');
  const counts = columnCounts(binary);
  const fromUser = withValues(binary, (value, user) =>
    value === 0 ? 0 : (1 / (binary.starts[user + 1]! - binary.starts[user]!)) ** alpha,
  );
  const fromItem = withValues(binary, (value, _user, item) =>
    value === 0 ? 0 : (1 / counts[item]!) ** alpha,
  );
  const held = Float64Array.from(counts, (count) => (count > 0 ? count ** beta : 1));
  return fromSimilarity(
    fromItem,
    fromUser,
    binary,
    parameters.neighbours,
    (value, _item, other) => value / held[other]!,
  );
}

/**
 * Similarity of item and other = `rule` of Σ over users of left · right; the best `neighbours` of
 * each item are kept. A user's score for an item is the sum over what `query` holds of them.
 */
function fromSimilarity(
  left: CsrMatrix,
  right: CsrMatrix,
  query: CsrMatrix,
  neighbours: number,
  rule: (value: number, item: number, other: number) => number = (value) => value,
): Recommender {
  const byItem = transpose(left);
  const count = left.columns;
  const others: Int32Array[] = [];
  const similarities: Float64Array[] = [];
  const sums = new Float64Array(count);
  const seen = new Uint8Array(count);
  const touched = new Int32Array(count);
  const values = new Float64Array(count);
  for (let item = 0; item < count; item += 1) {
    let met = 0;
    let ordered = true;
    for (let at = byItem.starts[item]!; at < byItem.starts[item + 1]!; at += 1) {
      const user = byItem.indices[at]!;
      const value = byItem.values[at]!;
      for (let cell = right.starts[user]!; cell < right.starts[user + 1]!; cell += 1) {
        const other = right.indices[cell]!;
        if (seen[other] === 0) {
          seen[other] = 1;
          ordered &&= met === 0 || other > touched[met - 1]!;
          touched[met] = other;
          met += 1;
        }
        sums[other]! += value * right.values[cell]!;
      }
    }
    if (!ordered && met > count / 8) ascending(seen, touched);
    else if (!ordered) touched.subarray(0, met).sort();
    for (let place = 0; place < met; place += 1) {
      const other = touched[place]!;
      values[place] = rule(sums[other]!, item, other);
      sums[other] = 0;
      seen[other] = 0;
    }
    const kept = keepLargest(touched, values, met, neighbours);
    others.push(touched.slice(0, kept));
    similarities.push(values.slice(0, kept));
  }
  return {
    score(user, into) {
      into.fill(0);
      for (let at = query.starts[user]!; at < query.starts[user + 1]!; at += 1) {
        const own = others[query.indices[at]!]!;
        const values = similarities[query.indices[at]!]!;
        const weight = query.values[at]!;
        for (let place = 0; place < own.length; place += 1) {
          into[own[place]!]! += weight * values[place]!;
        }
      }
    },
  };
}

/** The marked places in order: quicker than sorting where many are. */
function ascending(marks: Uint8Array, into: Int32Array): void {
  let met = 0;
  for (let place = 0; place < marks.length; place += 1) {
    if (marks[place] === 0) continue;
    into[met] = place;
    met += 1;
  }
}

/** Moves the `most` largest of the first `length` values (of equal ones the first) and their items to the front. */
function keepLargest(
  items: Int32Array,
  values: Float64Array,
  length: number,
  most: number,
): number {
  if (length <= most) return length;
  const least = nthLargest(values.slice(0, length), most);
  let larger = 0;
  for (let place = 0; place < length; place += 1) if (values[place]! > least) larger += 1;
  let equal = most - larger;
  let kept = 0;
  for (let place = 0; place < length; place += 1) {
    if (values[place]! < least) continue;
    if (values[place] === least) {
      if (equal === 0) continue;
      equal -= 1;
    }
    items[kept] = items[place]!;
    values[kept] = values[place]!;
    kept += 1;
  }
  return kept;
}

/** The `n`th largest value (1 is the largest) by Hoare's selection; reorders `values`. */
function nthLargest(values: Float64Array, n: number): number {
  let [left, right] = [0, values.length - 1];
  const wanted = n - 1;
  while (left < right) {
    const pivot = values[(left + right) >> 1]!;
    let [up, down] = [left, right];
    while (up <= down) {
      while (values[up]! > pivot) up += 1;
      while (values[down]! < pivot) down -= 1;
      if (up > down) break;
      const swapped = values[up]!;
      values[up] = values[down]!;
      values[down] = swapped;
      up += 1;
      down -= 1;
    }
    if (wanted <= down) right = down;
    else if (wanted >= up) left = up;
    else break;
  }
  return values[wanted]!;
}
