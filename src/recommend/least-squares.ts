import { type CsrMatrix, withValues } from './csr-matrix.ts';
import { invertSymmetric } from './symmetric-inverse.ts';

export interface LeastSquaresParameters {
  readonly factors: number;
  /** Confidence of a cell is alpha × its weight, 1 for all others. */
  readonly alpha: number;
  /** Regularisation λ. */
  readonly regularisation: number;
}

/** Weights (confidences before alpha) and what is to be reached (1, if not merged) of the same cells. */
export interface Cells {
  readonly confidence: CsrMatrix;
  readonly preference: CsrMatrix;
}

export const plainCells = (confidence: CsrMatrix): Cells => ({
  confidence,
  preference: withValues(confidence, (value) => (value > 0 ? 1 : 0)),
});

/**
 * Half a step of ALS: the vector of a row, given those of its columns. Solves (YᵀY + λI + Yₛᵀ D Yₛ) x = Yₛᵀ c,
 * c the confidences (times preferences) and D = confidences − 1. With W = (YᵀY + λI)⁻¹ it is x = W Yₛᵀ z, (I + D Yₛ W Yₛᵀ) z = c:
 * a system as large as the row is long, so that the many short rows cost next to nothing.
 */
export class LeastSquares {
  readonly #given: Float64Array;
  readonly #factors: number;
  readonly #alpha: number;
  readonly #base: Float64Array;
  readonly #projected: Float64Array;
  #system = new Float64Array(0);

  /** @param given vectors of the columns, one after another */
  constructor(given: Float64Array, { factors, alpha, regularisation }: LeastSquaresParameters) {
    const base = gramOfColumns(given, factors);
    for (let k = 0; k < factors; k += 1) base[k * factors + k]! += regularisation;
    const inverse = base.slice();
    invertSymmetric(inverse, factors);
    this.#given = given;
    this.#factors = factors;
    this.#alpha = alpha;
    this.#base = base;
    this.#projected = multiplyRows(given, inverse, factors);
  }

  /** Writes the vector of a row of `cells` to `solved` from `target` on. */
  solve(cells: Cells, row: number, solved: Float64Array, target: number): void {
    const factors = this.#factors;
    const from = cells.confidence.starts[row]!;
    const length = cells.confidence.starts[row + 1]! - from;
    if (length > factors) {
      solveLongRow(
        cells,
        from,
        length,
        this.#given,
        this.#base,
        factors,
        this.#alpha,
        solved,
        target,
      );
      return;
    }
    if (this.#system.length < length * (length + 1)) {
      this.#system = new Float64Array(length * (length + 1));
    }
    solved.fill(0, target, target + factors);
    solveShortRow(
      cells,
      from,
      length,
      this.#given,
      this.#projected,
      factors,
      this.#alpha,
      this.#system,
      solved,
      target,
    );
  }
}

function solveShortRow(
  { confidence: matrix, preference }: Cells,
  from: number,
  length: number,
  given: Float64Array,
  projected: Float64Array,
  factors: number,
  alpha: number,
  system: Float64Array,
  solved: Float64Array,
  target: number,
): void {
  // Made symmetric by the roots r of D: (I + R Yₛ W Yₛᵀ R) y = c / r, z = r y.
  const right = length * length;
  for (let a = 0; a < length; a += 1) {
    const excess = Math.max(1e-9, alpha * matrix.values[from + a]! - 1);
    const root = Math.sqrt(excess);
    const left = matrix.indices[from + a]! * factors;
    for (let b = 0; b <= a; b += 1) {
      const other = matrix.indices[from + b]! * factors;
      const rootOther = Math.sqrt(Math.max(1e-9, alpha * matrix.values[from + b]! - 1));
      let sum = 0;
      for (let k = 0; k < factors; k += 1) sum += projected[left + k]! * given[other + k]!;
      system[a * length + b] = sum * root * rootOther + (a === b ? 1 : 0);
    }
    system[right + a] = ((excess + 1) / root) * preference.values[from + a]!;
  }
  solveCholesky(system, length, right);
  for (let a = 0; a < length; a += 1) {
    const root = Math.sqrt(Math.max(1e-9, alpha * matrix.values[from + a]! - 1));
    const z = system[right + a]! * root;
    const left = matrix.indices[from + a]! * factors;
    for (let k = 0; k < factors; k += 1) solved[target + k]! += z * projected[left + k]!;
  }
}

function solveLongRow(
  { confidence: matrix, preference }: Cells,
  from: number,
  length: number,
  given: Float64Array,
  base: Float64Array,
  factors: number,
  alpha: number,
  solved: Float64Array,
  target: number,
): void {
  const system = new Float64Array(factors * (factors + 1));
  system.set(base);
  const right = factors * factors;
  for (let cell = from; cell < from + length; cell += 1) {
    if (matrix.values[cell]! <= 0) continue;
    const excess = Math.max(1e-9, alpha * matrix.values[cell]! - 1);
    const source = matrix.indices[cell]! * factors;
    for (let a = 0; a < factors; a += 1) {
      const value = excess * given[source + a]!;
      for (let b = 0; b <= a; b += 1) system[a * factors + b]! += value * given[source + b]!;
      system[right + a]! += (excess + 1) * preference.values[cell]! * given[source + a]!;
    }
  }
  solveCholesky(system, factors, right);
  solved.set(system.subarray(right, right + factors), target);
}

/** Solves A x = b for a positive definite A (n × n, lower triangle) and b at `right`; x replaces b. */
function solveCholesky(system: Float64Array, n: number, right: number): void {
  for (let row = 0; row < n; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = system[row * n + column]!;
      for (let k = 0; k < column; k += 1) sum -= system[row * n + k]! * system[column * n + k]!;
      system[row * n + column] =
        row === column ? Math.sqrt(Math.max(sum, 1e-300)) : sum / system[column * n + column]!;
    }
    let value = system[right + row]!;
    for (let k = 0; k < row; k += 1) value -= system[row * n + k]! * system[right + k]!;
    system[right + row] = value / system[row * n + row]!;
  }
  for (let row = n - 1; row >= 0; row -= 1) {
    const value = system[right + row]! / system[row * n + row]!;
    system[right + row] = value;
    for (let k = 0; k < row; k += 1) system[right + k]! -= value * system[row * n + k]!;
  }
}

/** Σ over rows of row · rowᵀ, eight rows at a time: each sum is read and written once for them. */
function gramOfColumns(rows: Float64Array, factors: number): Float64Array {
  const product = new Float64Array(factors * factors);
  const step = 8 * factors;
  const padded = new Float64Array(step);
  for (let from = 0; from < rows.length; from += step) {
    const whole = from + step <= rows.length;
    if (!whole) padded.set(rows.subarray(from));
    addOuterProducts(whole ? rows : padded, whole ? from : 0, factors, product);
  }
  for (let a = 0; a < factors; a += 1) {
    for (let b = 0; b < a; b += 1) product[b * factors + a] = product[a * factors + b]!;
  }
  return product;
}

function addOuterProducts(
  rows: Float64Array,
  from: number,
  factors: number,
  product: Float64Array,
): void {
  const r0 = from;
  const r1 = r0 + factors;
  const r2 = r1 + factors;
  const r3 = r2 + factors;
  const r4 = r3 + factors;
  const r5 = r4 + factors;
  const r6 = r5 + factors;
  const r7 = r6 + factors;
  for (let a = 0; a < factors; a += 1) {
    const v0 = rows[r0 + a]!;
    const v1 = rows[r1 + a]!;
    const v2 = rows[r2 + a]!;
    const v3 = rows[r3 + a]!;
    const v4 = rows[r4 + a]!;
    const v5 = rows[r5 + a]!;
    const v6 = rows[r6 + a]!;
    const v7 = rows[r7 + a]!;
    const line = a * factors;
    for (let b = 0; b <= a; b += 1) {
      product[line + b]! +=
        v0 * rows[r0 + b]! +
        v1 * rows[r1 + b]! +
        v2 * rows[r2 + b]! +
        v3 * rows[r3 + b]! +
        v4 * rows[r4 + b]! +
        v5 * rows[r5 + b]! +
        v6 * rows[r6 + b]! +
        v7 * rows[r7 + b]!;
    }
  }
}

/** rows · square, the square matrix symmetric. */
function multiplyRows(rows: Float64Array, square: Float64Array, factors: number): Float64Array {
  const product = new Float64Array(rows.length);
  for (let from = 0; from < rows.length; from += factors) {
    scoreItems(rows, from, square, factors, product.subarray(from, from + factors));
  }
  return product;
}

/** Inner products of one vector with all rows, four at a time: the vector is read once for them. */
export function scoreItems(
  vectors: Float64Array,
  from: number,
  rows: Float64Array,
  factors: number,
  into: Float64Array,
): void {
  const count = into.length;
  let item = 0;
  for (; item + 4 <= count; item += 4) {
    const a = item * factors;
    const b = a + factors;
    const c = b + factors;
    const d = c + factors;
    let sumA = 0;
    let sumB = 0;
    let sumC = 0;
    let sumD = 0;
    for (let k = 0; k < factors; k += 1) {
      const value = vectors[from + k]!;
      sumA += value * rows[a + k]!;
      sumB += value * rows[b + k]!;
      sumC += value * rows[c + k]!;
      sumD += value * rows[d + k]!;
    }
    into[item] = sumA;
    into[item + 1] = sumB;
    into[item + 2] = sumC;
    into[item + 3] = sumD;
  }
  for (; item < count; item += 1) {
    let sum = 0;
    for (let k = 0; k < factors; k += 1) sum += vectors[from + k]! * rows[item * factors + k]!;
    into[item] = sum;
  }
}
