import type { CsrMatrix } from './csr-matrix.ts';

/** Additions that comparing all items with all others may take: some ten seconds of a core. */
const mostAdditions = 3e9;

/** Additions when of every user so many cells are compared with each other. */
export function additions(matrix: CsrMatrix, most = Number.POSITIVE_INFINITY): number {
  let sum = 0;
  for (let row = 0; row < matrix.rows; row += 1) {
    sum += Math.min(most, matrix.starts[row + 1]! - matrix.starts[row]!) ** 2;
  }
  return sum;
}

/**
 * How many cells of one user are compared: the cost grows with the square of a user's items, and those of
 * heavy users say the least for each other. All of them where that costs little.
 */
export function cellsToCompare(matrix: CsrMatrix, limit = mostAdditions): number {
  if (additions(matrix) <= limit) return Number.POSITIVE_INFINITY;
  let [low, high] = [1, 1];
  while (additions(matrix, high) <= limit) high *= 2;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (additions(matrix, middle) <= limit) low = middle;
    else high = middle;
  }
  return low;
}

/** Of each row the `most` cells with the highest values, of equal ones some from all over; those of 0 go first. */
export function atMost(matrix: CsrMatrix, most: number): CsrMatrix {
  const starts = new Int32Array(matrix.rows + 1);
  const indices = new Int32Array(matrix.indices.length);
  const values = new Float64Array(matrix.indices.length);
  let next = 0;
  for (let row = 0; row < matrix.rows; row += 1) {
    const [from, to] = [matrix.starts[row]!, matrix.starts[row + 1]!];
    const isKept = to - from > most ? highest(matrix, from, to, most) : undefined;
    for (let at = from; at < to; at += 1) {
      if (matrix.values[at]! <= 0 || isKept?.[at - from] === 0) continue;
      indices[next] = matrix.indices[at]!;
      values[next] = matrix.values[at]!;
      next += 1;
    }
    starts[row + 1] = next;
  }
  return {
    ...matrix,
    starts,
    indices: indices.subarray(0, next),
    values: values.subarray(0, next),
  };
}

function highest(matrix: CsrMatrix, from: number, to: number, most: number): Uint8Array {
  const order = Uint32Array.from({ length: to - from }, (_, place) => place);
  const scattered = (place: number) => Math.imul(matrix.indices[from + place]!, 0x9e3779b1) >>> 0;
  order.sort(
    (a, b) => matrix.values[from + b]! - matrix.values[from + a]! || scattered(a) - scattered(b),
  );
  const isKept = new Uint8Array(to - from);
  for (const place of order.subarray(0, most)) isKept[place] = 1;
  return isKept;
}
