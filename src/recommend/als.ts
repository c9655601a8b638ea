import { type CsrMatrix, columnCounts, fromCells, transpose } from './csr-matrix.ts';
import { lowest } from './folded-in.ts';
import { type Cells, LeastSquares, plainCells, scoreItems } from './least-squares.ts';
import type { Recommender } from './recommender.ts';
import { seededRandom } from './seeded-random.ts';
import { type Weighting, weigh } from './weighting.ts';

export interface AlsParameters {
  readonly weighting: Weighting;
  readonly factors: number;
  /** Confidence of a cell is alpha × its weight, 1 for all others. */
  readonly alpha: number;
  /** Regularisation λ. */
  readonly regularisation: number;
  readonly iterations: number;
}

const fewestScored = 1000;

/**
 * Matrix factorisation for implicit feedback by alternating least squares (Hu, Koren, Volinsky,
 * "Collaborative Filtering for Implicit Feedback Datasets", 2008), each row solved exactly.
 * Scores by the users' vectors of the fit; the items alone fold everybody in by those that several users have.
 */
export function fitAls(matrix: CsrMatrix, parameters: AlsParameters, seed: number): Recommender {
  const { factors, iterations } = parameters;
  const scored = worthScoring(matrix);
  const weighted = weigh(matrix, parameters.weighting);
  const cells =
    parameters.weighting === 'binary' ? mergeEqualItems(weighted, scored) : plainCells(weighted);
  const byItem = {
    confidence: transpose(cells.confidence),
    preference: transpose(cells.preference),
  };
  const random = seededRandom(seed);
  const draw = () => (random() - 0.5) * 0.2;
  const users = new Float64Array(matrix.rows * factors);
  const items = Float64Array.from({ length: cells.confidence.columns * factors }, draw);
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    solveRows(cells, items, users, parameters);
    solveRows(byItem, users, items, parameters);
  }
  return {
    score(user, into) {
      scoreItems(users, user * factors, items, factors, into.subarray(0, scored));
      into.fill(lowest, scored);
    },
    items: {
      kind: 'factors',
      weighting: parameters.weighting,
      factors,
      alpha: parameters.alpha,
      regularisation: parameters.regularisation,
      vectors: Float32Array.from(items.subarray(0, scored * factors)),
    },
  };
}

/** Items before this one are scored: up to the last with a second listener, if they are many enough. */
function worthScoring(matrix: CsrMatrix): number {
  const shared = columnCounts(matrix).findLastIndex((count) => count > 1) + 1;
  return shared < fewestScored ? matrix.columns : shared;
}

/**
 * One item in place of those m from `first` on that only the same user has: they have one vector y,
 * and √m y with the preference √m stands for them in every sum. Most items of real data are such.
 */
function mergeEqualItems(weighted: CsrMatrix, first: number): Cells {
  const cells = { row: [] as number[], column: [] as number[], value: [] as number[] };
  const preferences: number[] = [];
  let columns = first;
  for (let row = 0; row < weighted.rows; row += 1) {
    let merged = 0;
    for (let at = weighted.starts[row]!; at < weighted.starts[row + 1]!; at += 1) {
      if (weighted.values[at] === 0) continue;
      if (weighted.indices[at]! >= first) {
        merged += 1;
        continue;
      }
      cells.row.push(row);
      cells.column.push(weighted.indices[at]!);
      cells.value.push(1);
      preferences.push(1);
    }
    if (merged === 0) continue;
    cells.row.push(row);
    cells.column.push(columns);
    cells.value.push(1);
    preferences.push(Math.sqrt(merged));
    columns += 1;
  }
  return {
    confidence: fromCells(weighted.rows, columns, cells),
    preference: fromCells(weighted.rows, columns, { ...cells, value: preferences }),
  };
}

function solveRows(
  cells: Cells,
  given: Float64Array,
  solved: Float64Array,
  parameters: AlsParameters,
): void {
  const half = new LeastSquares(given, parameters);
  const { rows } = cells.confidence;
  for (let row = 0; row < rows; row += 1) half.solve(cells, row, solved, row * parameters.factors);
}
