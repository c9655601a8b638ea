import { additions, cellsToCompare } from './comparisons.ts';
import { type CsrMatrix, columnCounts } from './csr-matrix.ts';
import { hasWeights } from './interactions.ts';
import type { Method } from './methods.ts';
import type { Weighting } from './weighting.ts';

const ease = (weighting: Weighting, regularisation: number, growth: number): Method => ({
  name: 'ease',
  weighting,
  regularisation,
  growth,
});
const als = (factors: number, alpha: number, regularisation: number): Method => ({
  name: 'als',
  weighting: 'binary',
  factors,
  alpha,
  regularisation,
  iterations: 10,
});
const cosine = (weighting: Weighting, shrinkage: number, neighbours = 500): Method => ({
  name: 'cosine',
  weighting,
  shrinkage,
  neighbours,
});
const bm25 = (weighting: Weighting, k1: number, b: number): Method => ({
  name: 'bm25',
  weighting,
  k1,
  b,
  neighbours: 500,
});
const rp3beta = (alpha: number, beta: number): Method => ({
  name: 'rp3beta',
  alpha,
  beta,
  neighbours: 500,
});

/** EASE inverts a matrix as large as the smaller of users and items: above this, of the popular items alone. */
const mostInverted = 4000;
const popularItems = 3000;

/**
 * What is worth trying, the most promising first: parameters that did well on real data sets, then
 * those around them, which only small data can afford. Without weights the weightings are one.
 */
export function candidates(matrix: CsrMatrix): Method[] {
  const weighted = hasWeights(matrix);
  const log: Weighting = weighted ? 'log' : 'binary';
  const all: Method[] = [
    { name: 'popularity' },
    cosine(log, 1),
    bm25(log, 0.6, 0.75),
    rp3beta(0.8, 0.3),
    ease('normalised', 1.35, 0),
    als(128, 20, 80),
    ease('normalised', 2.5, 0.25),
    als(64, 20, 80),
    ease('binary', 2.5, 0),
    als(32, 10, 20),
    bm25(log, 1.2, 0.4),
    cosine('binary', 1),
    rp3beta(0.5, 0.2),
    cosine(log, 10),
    ease('normalised', 4, 0.5),
    ease('normalised', 0.5, 0),
    als(16, 10, 10),
    ease('binary', 10, 0),
    cosine('binary', 0),
    als(64, 5, 30),
    rp3beta(1, 0.5),
    ease('normalised', 12, 0.25),
    als(32, 5, 5),
    ease('normalised', 1.35, 0.8),
  ];
  // More factors than users cannot be told apart.
  const most = Math.max(16, 1.5 * matrix.rows);
  const fitting = all.filter((method) => method.name !== 'als' || method.factors <= most);
  const isLarge = Math.min(matrix.rows, matrix.columns) > mostInverted;
  const sized = isLarge ? fitting.map(forMany) : fitting;
  const distinct = new Map(sized.map((method) => [JSON.stringify(method), method]));
  return [...distinct.values()];
}

/** EASE of the most popular items alone, and fewer neighbours: what a large catalogue can afford. */
function forMany(method: Method): Method {
  if (method.name === 'ease') return { ...method, items: popularItems };
  return 'neighbours' in method ? { ...method, neighbours: 200 } : method;
}

/** Multiplications that fitting and ranking take, roughly. */
export function costOf(method: Method, matrix: CsrMatrix): number {
  const { rows, columns } = matrix;
  const cells = matrix.indices.length;
  const { byUser, byItem, compared, counts } = sizesOf(matrix);
  switch (method.name) {
    case 'popularity':
      return rows * columns;
    case 'ease':
      if (method.items !== undefined && method.items < columns) {
        return method.items ** 3 / 2 + byUser + cells * method.items;
      }
      return rows <= columns
        ? rows ** 3 / 2 + byItem + rows * cells
        : columns ** 3 / 2 + byUser + cells * columns;
    case 'als': {
      const { factors, iterations } = method;
      const solve = (length: number) =>
        length <= factors
          ? (length ** 2 * factors) / 2 + length ** 3 / 6
          : (length * factors ** 2) / 2 + factors ** 3 / 6;
      let rowsCost = 1.5 * (rows + columns) * factors ** 2;
      for (let row = 0; row < rows; row += 1) {
        rowsCost += solve(matrix.starts[row + 1]! - matrix.starts[row]!);
      }
      for (const count of counts) rowsCost += solve(count);
      return iterations * rowsCost + rows * columns * factors;
    }
    default:
      return 3 * compared + cells * method.neighbours;
  }
}

interface Sizes {
  /** Sums of the squared numbers of cells of rows and of columns. */
  readonly byUser: number;
  readonly byItem: number;
  /** Additions of a comparison of all items. */
  readonly compared: number;
  readonly counts: Int32Array;
}

const known = new WeakMap<CsrMatrix, Sizes>();

/** Counted once for a matrix: every method's cost is asked for. */
function sizesOf(matrix: CsrMatrix): Sizes {
  let sizes = known.get(matrix);
  if (sizes === undefined) {
    const counts = columnCounts(matrix);
    const byItem = counts.reduce((sum, count) => sum + count ** 2, 0);
    const compared = additions(matrix, cellsToCompare(matrix));
    sizes = { byUser: additions(matrix), byItem, compared, counts };
    known.set(matrix, sizes);
  }
  return sizes;
}
