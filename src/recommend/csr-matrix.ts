/** A sparse matrix in compressed rows: row r holds `indices` and `values` from starts[r] to starts[r + 1]. */
export interface CsrMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** The same cells with other values; the structure is shared. */
export function withValues(
  matrix: CsrMatrix,
  value: (value: number, row: number, column: number) => number,
): CsrMatrix {
  const values = new Float64Array(matrix.values.length);
  for (let row = 0; row < matrix.rows; row += 1) {
    for (let at = matrix.starts[row]!; at < matrix.starts[row + 1]!; at += 1) {
      values[at] = value(matrix.values[at]!, row, matrix.indices[at]!);
    }
  }
  return { ...matrix, values };
}

/** Some rows as a matrix; their cells are shared. */
export function rowsFrom(matrix: CsrMatrix, from: number, rows: number): CsrMatrix {
  const [first, last] = [matrix.starts[from]!, matrix.starts[from + rows]!];
  return {
    rows,
    columns: matrix.columns,
    starts: matrix.starts.slice(from, from + rows + 1).map((start) => start - first),
    indices: matrix.indices.subarray(first, last),
    values: matrix.values.subarray(first, last),
  };
}

/** The first columns alone. */
export function columnsBefore(matrix: CsrMatrix, columns: number): CsrMatrix {
  const starts = new Int32Array(matrix.rows + 1);
  const size = matrix.indices.reduce((sum, column) => (column < columns ? sum + 1 : sum), 0);
  const indices = new Int32Array(size);
  const values = new Float64Array(size);
  let next = 0;
  for (let row = 0; row < matrix.rows; row += 1) {
    for (let at = matrix.starts[row]!; at < matrix.starts[row + 1]!; at += 1) {
      if (matrix.indices[at]! >= columns) continue;
      indices[next] = matrix.indices[at]!;
      values[next] = matrix.values[at]!;
      next += 1;
    }
    starts[row + 1] = next;
  }
  return { rows: matrix.rows, columns, starts, indices, values };
}

/** Columns as rows; inside a row the order is ascending. */
export function transpose(matrix: CsrMatrix): CsrMatrix {
  const { rows, columns } = matrix;
  const starts = new Int32Array(columns + 1);
  for (const column of matrix.indices) starts[column + 1]! += 1;
  for (let column = 0; column < columns; column += 1) starts[column + 1]! += starts[column]!;
  const next = starts.slice(0, columns);
  const indices = new Int32Array(matrix.indices.length);
  const values = new Float64Array(matrix.values.length);
  for (let row = 0; row < rows; row += 1) {
    for (let at = matrix.starts[row]!; at < matrix.starts[row + 1]!; at += 1) {
      const place = next[matrix.indices[at]!]!++;
      indices[place] = row;
      values[place] = matrix.values[at]!;
    }
  }
  return { rows: columns, columns: rows, starts, indices, values };
}

/** A matrix from cells in any order; `cells` must not repeat a place. */
export function fromCells(
  rows: number,
  columns: number,
  cells: { row: ArrayLike<number>; column: ArrayLike<number>; value: ArrayLike<number> },
): CsrMatrix {
  const starts = new Int32Array(rows + 1);
  const count = cells.row.length;
  for (let cell = 0; cell < count; cell += 1) starts[cells.row[cell]! + 1]! += 1;
  for (let row = 0; row < rows; row += 1) starts[row + 1]! += starts[row]!;
  const next = starts.slice(0, rows);
  const indices = new Int32Array(count);
  const values = new Float64Array(count);
  for (let cell = 0; cell < count; cell += 1) {
    const place = next[cells.row[cell]!]!++;
    indices[place] = cells.column[cell]!;
    values[place] = cells.value[cell]!;
  }
  return { rows, columns, starts, indices, values };
}

/** Number of cells in each column. */
export function columnCounts(matrix: CsrMatrix): Int32Array {
  const counts = new Int32Array(matrix.columns);
  for (const column of matrix.indices) counts[column]! += 1;
  return counts;
}

/** matrix · matrixᵀ, dense, rows × rows, row-major. Costs the sum over columns of their cells squared. */
export function gram(matrix: CsrMatrix, columnsAsRows = transpose(matrix)): Float64Array {
  const n = matrix.rows;
  const product = new Float64Array(n * n);
  for (let row = 0; row < n; row += 1) {
    for (let at = matrix.starts[row]!; at < matrix.starts[row + 1]!; at += 1) {
      const value = matrix.values[at]!;
      const column = matrix.indices[at]!;
      const end = columnsAsRows.starts[column + 1]!;
      for (let other = columnsAsRows.starts[column]!; other < end; other += 1) {
        product[row * n + columnsAsRows.indices[other]!]! += value * columnsAsRows.values[other]!;
      }
    }
  }
  return product;
}
