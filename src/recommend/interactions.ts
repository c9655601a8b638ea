import { type CsrMatrix, columnCounts, fromCells } from './csr-matrix.ts';

/** Who played what: users × items, a cell for every pair, its value the weight (≥ 0). */
export interface Interactions {
  readonly users: readonly string[];
  /** By falling number of listeners, then by name: the index of an item is its rank in popularity. */
  readonly items: readonly string[];
  readonly matrix: CsrMatrix;
}

/** One cell before it has its place. */
export interface Interaction {
  readonly user: string;
  readonly item: string;
  readonly weight: number;
}

/** Weights of the same user and item are added up. Users keep the order of their first row. */
export function toInteractions(rows: Iterable<Interaction>): Interactions {
  const byUser = new Map<string, Map<string, number>>();
  const listeners = new Map<string, number>();
  for (const { user, item, weight } of rows) {
    let cells = byUser.get(user);
    if (cells === undefined) {
      cells = new Map();
      byUser.set(user, cells);
    }
    const before = cells.get(item);
    if (before === undefined) listeners.set(item, (listeners.get(item) ?? 0) + 1);
    cells.set(item, Math.min(Number.MAX_VALUE, (before ?? 0) + weight));
  }
  const items = [...listeners.keys()].sort(
    (a, b) => listeners.get(b)! - listeners.get(a)! || (a < b ? -1 : 1),
  );
  const indexOf = new Map(items.map((item, index) => [item, index]));
  const cells = { row: [] as number[], column: [] as number[], value: [] as number[] };
  let user = 0;
  for (const own of byUser.values()) {
    const placed = [...own].map(([item, weight]) => [indexOf.get(item)!, weight] as const);
    for (const [column, value] of placed.sort((a, b) => a[0] - b[0])) {
      cells.row.push(user);
      cells.column.push(column);
      cells.value.push(value);
    }
    user += 1;
  }
  const users = [...byUser.keys()];
  return { users, items, matrix: fromCells(users.length, items.length, cells) };
}

/** True where weights tell more than that a pair exists. */
export function hasWeights(matrix: CsrMatrix): boolean {
  const first = matrix.values[0];
  return matrix.values.some((value) => value !== first);
}

/** Popularity as scores: number of listeners, by item. */
export const listenerCounts = (matrix: CsrMatrix): Int32Array => columnCounts(matrix);
