import { type CsrMatrix, fromCells } from './csr-matrix.ts';
import { seededRandom } from './seeded-random.ts';

export interface Holdout {
  readonly train: CsrMatrix;
  /** User → items that were taken away. */
  readonly heldOut: ReadonlyMap<number, ReadonlySet<number>>;
}

const heldShare = 0.2;
/** Users with fewer items keep them all: too little would be left to know them by. */
const fewestItems = 3;

/** Takes a fifth of every user's items away, at least one. The same seed takes the same. */
export function holdOut(matrix: CsrMatrix, seed: number): Holdout {
  const random = seededRandom(seed);
  const heldOut = new Map<number, Set<number>>();
  const cells = { row: [] as number[], column: [] as number[], value: [] as number[] };
  for (let user = 0; user < matrix.rows; user += 1) {
    const [from, to] = [matrix.starts[user]!, matrix.starts[user + 1]!];
    const length = to - from;
    const wanted = length < fewestItems ? 0 : Math.max(1, Math.round(length * heldShare));
    const taken = new Set<number>();
    while (taken.size < wanted) taken.add(matrix.indices[from + Math.floor(random() * length)]!);
    if (wanted > 0) heldOut.set(user, taken);
    for (let at = from; at < to; at += 1) {
      if (taken.has(matrix.indices[at]!)) continue;
      cells.row.push(user);
      cells.column.push(matrix.indices[at]!);
      cells.value.push(matrix.values[at]!);
    }
  }
  return { train: fromCells(matrix.rows, matrix.columns, cells), heldOut };
}
