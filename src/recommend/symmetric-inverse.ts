const blockSize = 64;

/**
 * Inverts a symmetric positive definite matrix (n × n, row-major, both triangles given) in place.
 * Sweeps one block of pivots after another, on the lower triangle only: n³/2 multiplications, all
 * but a few in one kernel. Rule: the sweep operator, Goodnight, "A Tutorial on the SWEEP Operator",
 * The American Statistician 33 (1979). Positive definite matrices need no exchange of pivots.
 */
export function invertSymmetric(matrix: Float64Array, n: number): void {
  const panel = new Float64Array(n * blockSize);
  const scaled = new Float64Array(n * blockSize);
  const pivot = new Float64Array(blockSize * blockSize);
  for (let start = 0; start < n; start += blockSize) {
    const size = Math.min(blockSize, n - start);
    takePanel(matrix, n, start, size, panel);
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) {
        pivot[row * size + column] = panel[(start + row) * size + column]!;
      }
    }
    sweepPivots(pivot, size);
    multiplyPanel(panel, pivot, n, size, scaled);
    for (let row = 0; row < n; row += 4) subtractRows(matrix, n, row, size, scaled, panel);
    putPanel(matrix, n, start, size, scaled, pivot);
  }
  for (let row = 0; row < n; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const value = -matrix[row * n + column]!;
      matrix[row * n + column] = value;
      matrix[column * n + row] = value;
    }
  }
}

/** The columns of the block as rows of `panel`; above the diagonal they are read from its mirror. */
function takePanel(
  matrix: Float64Array,
  n: number,
  start: number,
  size: number,
  panel: Float64Array,
): void {
  for (let row = 0; row < n; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const lower = row >= start + column ? row * n + start + column : (start + column) * n + row;
      panel[row * size + column] = matrix[lower]!;
    }
  }
}

/** Plain inverse of one block by the same sweep, pivot by pivot. */
function sweepPivots(pivot: Float64Array, size: number): void {
  for (let k = 0; k < size; k += 1) {
    const d = 1 / pivot[k * size + k]!;
    for (let row = 0; row < size; row += 1) {
      if (row === k) continue;
      const factor = pivot[row * size + k]! * d;
      for (let column = 0; column < size; column += 1) {
        if (column !== k) pivot[row * size + column]! -= factor * pivot[k * size + column]!;
      }
    }
    for (let other = 0; other < size; other += 1) {
      if (other === k) continue;
      pivot[other * size + k]! *= d;
      pivot[k * size + other]! *= d;
    }
    pivot[k * size + k] = -d;
  }
  for (let index = 0; index < size * size; index += 1) pivot[index] = -pivot[index]!;
}

/** scaled = panel · pivot; `pivot` is symmetric. */
function multiplyPanel(
  panel: Float64Array,
  pivot: Float64Array,
  n: number,
  size: number,
  scaled: Float64Array,
): void {
  for (let row = 0; row < n; row += 1) {
    for (let column = 0; column < size; column += 1) {
      let sum = 0;
      for (let k = 0; k < size; k += 1) sum += panel[row * size + k]! * pivot[column * size + k]!;
      scaled[row * size + column] = sum;
    }
  }
}

/** matrix[row … row+3][0 … row+3] −= scaled · panelᵀ, four by four. */
function subtractRows(
  matrix: Float64Array,
  n: number,
  row: number,
  size: number,
  scaled: Float64Array,
  panel: Float64Array,
): void {
  const rows = Math.min(4, n - row);
  const last = row + rows;
  if (rows < 4) {
    for (let one = row; one < last; one += 1) {
      for (let column = 0; column <= one; column += 1) {
        let sum = 0;
        for (let k = 0; k < size; k += 1) {
          sum += scaled[one * size + k]! * panel[column * size + k]!;
        }
        matrix[one * n + column]! -= sum;
      }
    }
    return;
  }
  const a = row * size;
  const b = a + size;
  const c = b + size;
  const d = c + size;
  // Two columns at a time: eight sums and six factors stay in registers.
  for (let column = 0; column < last; column += 2) {
    const left = column * size;
    const right = left + size;
    let a0 = 0;
    let a1 = 0;
    let b0 = 0;
    let b1 = 0;
    let c0 = 0;
    let c1 = 0;
    let d0 = 0;
    let d1 = 0;
    for (let k = 0; k < size; k += 1) {
      const x = panel[left + k]!;
      const y = panel[right + k]!;
      const av = scaled[a + k]!;
      a0 += av * x;
      a1 += av * y;
      const bv = scaled[b + k]!;
      b0 += bv * x;
      b1 += bv * y;
      const cv = scaled[c + k]!;
      c0 += cv * x;
      c1 += cv * y;
      const dv = scaled[d + k]!;
      d0 += dv * x;
      d1 += dv * y;
    }
    const at = row * n + column;
    matrix[at]! -= a0;
    matrix[at + 1]! -= a1;
    matrix[at + n]! -= b0;
    matrix[at + n + 1]! -= b1;
    matrix[at + 2 * n]! -= c0;
    matrix[at + 2 * n + 1]! -= c1;
    matrix[at + 3 * n]! -= d0;
    matrix[at + 3 * n + 1]! -= d1;
  }
}

function putPanel(
  matrix: Float64Array,
  n: number,
  start: number,
  size: number,
  scaled: Float64Array,
  pivot: Float64Array,
): void {
  for (let row = 0; row < n; row += 1) {
    const inside = row >= start && row < start + size;
    for (let column = 0; column < size; column += 1) {
      const value = inside ? -pivot[(row - start) * size + column]! : scaled[row * size + column]!;
      const lower = row >= start + column ? row * n + start + column : (start + column) * n + row;
      matrix[lower] = value;
    }
  }
}
