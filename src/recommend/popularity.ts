import { type CsrMatrix, columnCounts } from './csr-matrix.ts';
import type { Recommender } from './recommender.ts';

/** Scores by the number of listeners, the same for everybody. */
export function fitPopularity(matrix: CsrMatrix): Recommender {
  const counts = Float64Array.from(columnCounts(matrix));
  return { score: (_user, into) => into.set(counts) };
}
