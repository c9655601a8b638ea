import { type CsrMatrix, columnsBefore } from './csr-matrix.ts';
import {
  byFactors,
  byListeners,
  type FactorModel,
  type ListenerModel,
  lowest,
} from './folded-in.ts';
import type { Recommender } from './recommender.ts';
import { type Weighting, weigh } from './weighting.ts';

/**
 * What a fitted method scores anybody by, those who came after it was fitted too: the items that they play.
 * Plain data, so that it can be kept (kept-models.ts).
 */
export type ItemModel =
  | PopularityModel
  | NeighbourModel
  | LinearModel
  | FactorModel
  | ListenerModel;

interface PopularityModel {
  readonly kind: 'popularity';
  /** Number of listeners, by item. */
  readonly counts: Int32Array;
}

/** The best neighbours of every item: row i of a sparse items × items matrix, indices ascending. */
export interface NeighbourModel {
  readonly kind: 'neighbours';
  /** How the cells of who asks are weighed. */
  readonly weighting: Weighting;
  readonly starts: Int32Array;
  readonly items: Int32Array;
  readonly values: Float32Array;
}

/** A full items × items matrix, row-major, of the first `size` items. */
export interface LinearModel {
  readonly kind: 'linear';
  readonly weighting: Weighting;
  readonly size: number;
  readonly weights: Float32Array;
}

/** Scores for the rows of `users`. They may have more columns than the model knows. */
export function recommenderOf(model: ItemModel, users: CsrMatrix): Recommender {
  switch (model.kind) {
    case 'popularity':
      return {
        items: model,
        score(_user, into) {
          into.set(model.counts);
          into.fill(lowest, model.counts.length);
        },
      };
    case 'neighbours':
      return byNeighbours(model, users);
    case 'linear':
      return byWeights(model, users);
    case 'factors':
      return byFactors(model, users);
    case 'listeners':
      return byListeners(model, users);
  }
}

function byNeighbours(model: NeighbourModel, users: CsrMatrix): Recommender {
  const { starts, items, values } = model;
  const known = starts.length - 1;
  let query: CsrMatrix | undefined;
  return {
    items: model,
    score(user, into) {
      query ??= weigh(users, model.weighting);
      into.fill(0, 0, known);
      into.fill(lowest, known);
      for (let at = query.starts[user]!; at < query.starts[user + 1]!; at += 1) {
        const item = query.indices[at]!;
        const weight = query.values[at]!;
        if (item >= known || weight === 0) continue;
        const end = starts[item + 1]!;
        for (let place = starts[item]!; place < end; place += 1) {
          into[items[place]!]! += weight * values[place]!;
        }
      }
    },
  };
}

function byWeights(model: LinearModel, users: CsrMatrix): Recommender {
  const { size, weights } = model;
  let query: CsrMatrix | undefined;
  return {
    items: model,
    score(user, into) {
      query ??= weigh(columnsBefore(users, size), model.weighting);
      into.fill(0, 0, size);
      into.fill(lowest, size);
      const end = query.starts[user + 1]!;
      let at = query.starts[user]!;
      // Four rows at a time: a score is read and written once for them.
      for (; at + 4 <= end; at += 4) {
        const [a, b, c, d] = [0, 1, 2, 3].map((next) => query!.indices[at + next]! * size);
        addFour(weights, [a!, b!, c!, d!], query.values, at, size, into);
      }
      for (; at < end; at += 1) {
        const row = query.indices[at]! * size;
        const value = query.values[at]!;
        for (let item = 0; item < size; item += 1) into[item]! += value * weights[row + item]!;
      }
    },
  };
}

function addFour(
  weights: Float32Array,
  [a, b, c, d]: readonly [number, number, number, number],
  values: Float64Array,
  at: number,
  size: number,
  into: Float64Array,
): void {
  const v = values[at]!;
  const w = values[at + 1]!;
  const x = values[at + 2]!;
  const y = values[at + 3]!;
  for (let item = 0; item < size; item += 1) {
    into[item]! +=
      v * weights[a + item]! +
      w * weights[b + item]! +
      x * weights[c + item]! +
      y * weights[d + item]!;
  }
}
