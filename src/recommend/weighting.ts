import { type CsrMatrix, withValues } from './csr-matrix.ts';

/**
 * How plays become the strength of an interaction. `binary`: 1. `log`: ln(1 + weight).
 * `normalised`: the logarithm divided by the root of the length of the user's row, so that heavy
 * listeners count less. Cells of weight 0 stay 0: seen, and without any influence.
 */
export type Weighting = 'binary' | 'log' | 'normalised';

export function weigh(matrix: CsrMatrix, weighting: Weighting): CsrMatrix {
  if (weighting === 'binary') return withValues(matrix, (value) => (value > 0 ? 1 : 0));
  const logarithms = withValues(matrix, (value) => Math.log1p(value));
  if (weighting === 'log') return logarithms;
  const roots = new Float64Array(matrix.rows);
  for (let row = 0; row < matrix.rows; row += 1) {
    let squares = 0;
    for (let at = matrix.starts[row]!; at < matrix.starts[row + 1]!; at += 1) {
      squares += logarithms.values[at]! ** 2;
    }
    roots[row] = squares > 0 ? squares ** 0.25 : 1;
  }
  return withValues(logarithms, (value, row) => value / roots[row]!);
}
