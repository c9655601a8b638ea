import { type CsrMatrix, columnsBefore, gram, transpose } from './csr-matrix.ts';
import { type ListenerModel, lowest } from './folded-in.ts';
import { recommenderOf } from './item-model.ts';
import type { Recommender } from './recommender.ts';
import { invertSymmetric } from './symmetric-inverse.ts';
import { type Weighting, weigh } from './weighting.ts';

export interface EaseParameters {
  readonly weighting: Weighting;
  /** Regularisation λ as a multiple of the mean squared length of a user's row. */
  readonly regularisation: number;
  /** How far λ grows with an item's weight: λⱼ ∝ (squared length of column j)^growth. 0 is plain EASE. */
  readonly growth: number;
  /** Only so many of the most popular items are modelled, the others come behind; all when left out. */
  readonly items?: number;
}

/**
 * EASE (Steck, "Embarrassingly Shallow Autoencoders", 2019): B = I − P / diag(P) with
 * P = (XᵀX + Λ)⁻¹, scores X·B. Never makes the items × items matrix when there are fewer users:
 * X·P = (X Λ⁻¹ Xᵀ + I)⁻¹ X Λ⁻¹ and diag(P)ⱼ = (1 − Σᵤ Xᵤⱼ (X·P)ᵤⱼ) / Λⱼ. Costs min(users, items)³ / 2.
 * Items that are not modelled come behind all others.
 */
export function fitEase(matrix: CsrMatrix, parameters: EaseParameters): Recommender {
  const modelled = Math.min(matrix.columns, parameters.items ?? matrix.columns);
  const head = modelled < matrix.columns ? columnsBefore(matrix, modelled) : matrix;
  const weighted = weigh(head, parameters.weighting);
  const penalties = itemPenalties(weighted, parameters);
  if (weighted.rows <= modelled) {
    return fitByUsers(weighted, penalties, parameters.weighting);
  }
  const weights = weightsOfItems(weighted, penalties);
  const model = {
    kind: 'linear',
    weighting: parameters.weighting,
    size: modelled,
    weights,
  } as const;
  return recommenderOf(model, matrix);
}

function itemPenalties(weighted: CsrMatrix, parameters: EaseParameters): Float64Array {
  const squares = new Float64Array(weighted.columns);
  let total = 0;
  for (let at = 0; at < weighted.values.length; at += 1) {
    const square = weighted.values[at]! ** 2;
    squares[weighted.indices[at]!]! += square;
    total += square;
  }
  const scale = (parameters.regularisation * total) / Math.max(1, weighted.rows) || 1;
  if (parameters.growth === 0) return new Float64Array(weighted.columns).fill(scale);
  // The mean that a cell meets, so that the strength stays comparable for any growth.
  const smallest = 1e-9 * total;
  const grown = squares.map((square) => Math.max(square, smallest) ** parameters.growth);
  let mean = 0;
  for (let column = 0; column < squares.length; column += 1) {
    mean += (grown[column]! * squares[column]!) / total;
  }
  return grown.map((value) => (value / mean) * scale);
}

function fitByUsers(
  weighted: CsrMatrix,
  penalties: Float64Array,
  weighting: Weighting,
): Recommender {
  const size = weighted.columns;
  const n = weighted.rows;
  const shrunk: CsrMatrix = { ...weighted, values: weighted.values.slice() };
  for (let at = 0; at < shrunk.values.length; at += 1) {
    shrunk.values[at]! /= Math.sqrt(penalties[shrunk.indices[at]!]!);
  }
  const inverse = gram(shrunk);
  for (let row = 0; row < n; row += 1) inverse[row * n + row]! += 1;
  invertSymmetric(inverse, n);

  const byItem = transpose(weighted);
  const diagonal = new Float64Array(weighted.columns);
  for (let item = 0; item < weighted.columns; item += 1) {
    const [from, to] = [byItem.starts[item]!, byItem.starts[item + 1]!];
    let sum = 0;
    for (let a = from; a < to; a += 1) {
      const row = byItem.indices[a]! * n;
      for (let b = from; b < to; b += 1) {
        sum += byItem.values[a]! * inverse[row + byItem.indices[b]!]! * byItem.values[b]!;
      }
    }
    diagonal[item] = Math.max(1e-12, 1 - sum / penalties[item]!);
  }
  let items: ListenerModel | undefined;
  return {
    // A copy of the whole inverse, which only those need who keep it.
    get items() {
      items ??= {
        kind: 'listeners',
        weighting,
        size,
        starts: weighted.starts,
        items: weighted.indices,
        values: Float32Array.from(weighted.values),
        inverse: Float32Array.from(inverse),
        penalties: Float32Array.from(penalties),
        diagonal: Float32Array.from(diagonal),
      };
      return items;
    },
    // Unseen items only have −(X·P)ᵤⱼ / diag(P)ⱼ with P scaled by Λⱼ; the sign of B is turned.
    score(user, into) {
      into.fill(0, 0, size);
      into.fill(lowest, size);
      for (let other = 0; other < n; other += 1) {
        const factor = inverse[user * n + other]!;
        for (let at = weighted.starts[other]!; at < weighted.starts[other + 1]!; at += 1) {
          into[weighted.indices[at]!]! += factor * weighted.values[at]!;
        }
      }
      for (let item = 0; item < size; item += 1) into[item]! /= -diagonal[item]!;
    },
  };
}

/** B off the diagonal, where nobody asks for more; row i is what item i says for the others. */
function weightsOfItems(weighted: CsrMatrix, penalties: Float64Array): Float32Array {
  const n = weighted.columns;
  const inverse = gram(transpose(weighted), weighted);
  for (let item = 0; item < n; item += 1) inverse[item * n + item]! += penalties[item]!;
  invertSymmetric(inverse, n);
  const weights = new Float32Array(n * n);
  for (let item = 0; item < n; item += 1) {
    for (let other = 0; other < n; other += 1) {
      weights[item * n + other] = -inverse[item * n + other]! / inverse[other * n + other]!;
    }
  }
  return weights;
}
