import type { CsrMatrix } from './csr-matrix.ts';

/** The pairs of items that share listeners: cosine of their weights, from the side of one item. */
export function similarityTo(
  item: number,
  byUser: CsrMatrix,
  byItem: CsrMatrix,
  lengths: Float64Array,
): Map<number, number> {
  const products = new Map<number, number>();
  for (let at = byItem.starts[item]!; at < byItem.starts[item + 1]!; at += 1) {
    const user = byItem.indices[at]!;
    const value = byItem.values[at]!;
    for (let cell = byUser.starts[user]!; cell < byUser.starts[user + 1]!; cell += 1) {
      const other = byUser.indices[cell]!;
      products.set(other, (products.get(other) ?? 0) + value * byUser.values[cell]!);
    }
  }
  products.delete(item);
  for (const [other, product] of products) {
    products.set(other, product / (lengths[item]! * lengths[other]! || 1));
  }
  return products;
}

/** Length of every column. */
export function columnLengths(matrix: CsrMatrix): Float64Array {
  const squares = new Float64Array(matrix.columns);
  for (let at = 0; at < matrix.values.length; at += 1) {
    squares[matrix.indices[at]!]! += matrix.values[at]! ** 2;
  }
  return squares.map(Math.sqrt);
}

/**
 * "Because you play A and B": those of the user's own items that contribute most to a
 * recommended one, by weight times similarity. Empty where nobody plays both.
 */
export function reasonsFor(
  user: number,
  similar: ReadonlyMap<number, number>,
  byUser: CsrMatrix,
  count = 2,
): number[] {
  const contributions: { item: number; value: number }[] = [];
  for (let at = byUser.starts[user]!; at < byUser.starts[user + 1]!; at += 1) {
    const item = byUser.indices[at]!;
    const value = byUser.values[at]! * (similar.get(item) ?? 0);
    if (value > 0) contributions.push({ item, value });
  }
  contributions.sort((a, b) => b.value - a.value || a.item - b.item);
  return contributions.slice(0, count).map((one) => one.item);
}
