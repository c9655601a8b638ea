import { type AlsParameters, fitAls } from './als.ts';
import type { CsrMatrix } from './csr-matrix.ts';
import { type EaseParameters, fitEase } from './ease.ts';
import {
  type Bm25Parameters,
  type CosineParameters,
  fitBm25,
  fitCosine,
  fitRp3Beta,
  type Rp3BetaParameters,
} from './item-neighbours.ts';
import { fitPopularity } from './popularity.ts';
import type { Recommender } from './recommender.ts';

/** A single method with its parameters. */
export type Method =
  | { readonly name: 'popularity' }
  | ({ readonly name: 'cosine' } & CosineParameters)
  | ({ readonly name: 'bm25' } & Bm25Parameters)
  | ({ readonly name: 'rp3beta' } & Rp3BetaParameters)
  | ({ readonly name: 'als' } & AlsParameters)
  | ({ readonly name: 'ease' } & EaseParameters);

export type MethodName = Method['name'];

export function fitMethod(matrix: CsrMatrix, method: Method, seed: number): Recommender {
  switch (method.name) {
    case 'popularity':
      return fitPopularity(matrix);
    case 'cosine':
      return fitCosine(matrix, method);
    case 'bm25':
      return fitBm25(matrix, method);
    case 'rp3beta':
      return fitRp3Beta(matrix, method);
    case 'als':
      return fitAls(matrix, method, seed);
    case 'ease':
      return fitEase(matrix, method);
  }
}
