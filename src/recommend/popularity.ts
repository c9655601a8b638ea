import { type CsrMatrix, columnCounts } from './csr-matrix.ts';
import { recommenderOf } from './item-model.ts';
import type { Recommender } from './recommender.ts';

/** Scores by the number of listeners, the same for everybody. */
export const fitPopularity = (matrix: CsrMatrix): Recommender =>
  recommenderOf({ kind: 'popularity', counts: columnCounts(matrix) }, matrix);
