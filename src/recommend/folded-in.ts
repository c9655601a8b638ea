import { type CsrMatrix, columnsBefore, transpose } from './csr-matrix.ts';
import {
  type Cells,
  LeastSquares,
  type LeastSquaresParameters,
  plainCells,
  scoreItems,
} from './least-squares.ts';
import type { Recommender } from './recommender.ts';
import { type Weighting, weigh } from './weighting.ts';

/** Score of items that a model does not know: behind all others, yet ranked. */
export const lowest = -1e6;

/** Vectors of the first items, from which those of users follow (ALS). */
export interface FactorModel extends LeastSquaresParameters {
  readonly kind: 'factors';
  readonly weighting: Weighting;
  /** One after another, `factors` long. */
  readonly vectors: Float32Array;
}

/**
 * EASE of fewer listeners than items: the rows that it was fitted on, without names, and the inverse of what
 * they share (K⁻¹, see ease.ts).
 */
export interface ListenerModel {
  readonly kind: 'listeners';
  readonly weighting: Weighting;
  /** The first so many items are modelled. */
  readonly size: number;
  readonly starts: Int32Array;
  readonly items: Int32Array;
  readonly values: Float32Array;
  /** K⁻¹, row-major. */
  readonly inverse: Float32Array;
  /** By item: λⱼ, and λⱼ times the diagonal of P. */
  readonly penalties: Float32Array;
  readonly diagonal: Float32Array;
}

/** What folding users in needs of a model, made once: it costs items × factors². */
const halfSteps = new WeakMap<FactorModel, { half: LeastSquares; vectors: Float64Array }>();

function halfStepOf(model: FactorModel): { half: LeastSquares; vectors: Float64Array } {
  let known = halfSteps.get(model);
  if (known === undefined) {
    const vectors = Float64Array.from(model.vectors);
    known = { half: new LeastSquares(vectors, model), vectors };
    halfSteps.set(model, known);
  }
  return known;
}

/** Every user is folded in: half a step of ALS finds the vector that fits what they play. */
export function byFactors(model: FactorModel, users: CsrMatrix): Recommender {
  const { factors } = model;
  const size = model.vectors.length / factors;
  const own = new Float64Array(factors);
  let cells: Cells | undefined;
  return {
    items: model,
    score(user, into) {
      const { half, vectors } = halfStepOf(model);
      cells ??= plainCells(weigh(columnsBefore(users, size), model.weighting));
      half.solve(cells, user, own, 0);
      scoreItems(own, 0, vectors, factors, into.subarray(0, size));
      into.fill(lowest, size);
    },
  };
}

interface Fitted {
  readonly rows: CsrMatrix;
  readonly byItem: CsrMatrix;
  readonly inverse: Float64Array;
}

const fittedRows = new WeakMap<ListenerModel, Fitted>();

function rowsOf(model: ListenerModel): Fitted {
  let known = fittedRows.get(model);
  if (known === undefined) {
    const rows: CsrMatrix = {
      rows: model.starts.length - 1,
      columns: model.size,
      starts: model.starts,
      indices: model.items,
      values: Float64Array.from(model.values),
    };
    known = { rows, byItem: transpose(rows), inverse: Float64Array.from(model.inverse) };
    fittedRows.set(model, known);
  }
  return known;
}

/**
 * x·P = (x − h·X) Λ⁻¹ with h = x Λ⁻¹ Xᵀ K⁻¹: what is left of the row of somebody after the rows of the fit have
 * explained it. Unseen items only have h·X.
 */
export function byListeners(model: ListenerModel, users: CsrMatrix): Recommender {
  const { size, penalties, diagonal } = model;
  let query: CsrMatrix | undefined;
  return {
    items: model,
    score(user, into) {
      const { rows, byItem, inverse } = rowsOf(model);
      query ??= weigh(columnsBefore(users, size), model.weighting);
      const shared = new Float64Array(rows.rows);
      for (let at = query.starts[user]!; at < query.starts[user + 1]!; at += 1) {
        const item = query.indices[at]!;
        const weight = query.values[at]! / penalties[item]!;
        const end = byItem.starts[item + 1]!;
        for (let cell = byItem.starts[item]!; cell < end; cell += 1) {
          shared[byItem.indices[cell]!]! += weight * byItem.values[cell]!;
        }
      }
      const explained = new Float64Array(rows.rows);
      scoreItems(shared, 0, inverse, rows.rows, explained);
      into.fill(0, 0, size);
      into.fill(lowest, size);
      for (let other = 0; other < rows.rows; other += 1) {
        const share = explained[other]!;
        for (let at = rows.starts[other]!; at < rows.starts[other + 1]!; at += 1) {
          into[rows.indices[at]!]! += share * rows.values[at]!;
        }
      }
      for (let item = 0; item < size; item += 1) into[item]! /= diagonal[item]!;
    },
  };
}
