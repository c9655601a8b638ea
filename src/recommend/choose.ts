import { blend } from './blend.ts';
import { candidates, costOf } from './candidates.ts';
import type { CsrMatrix } from './csr-matrix.ts';
import { holdOut } from './holdout.ts';
import { fitMethod, type Method } from './methods.ts';
import { scoreRanking } from './metrics.ts';
import type { RankedItems } from './recommender.ts';
import { rankUnseen } from './top-items.ts';
import { weighParts } from './weigh-parts.ts';

/** Places kept of each list that may become part of a blend. */
export const pooledPlaces = 100;
/** Enough held-out users for differences of a few per cent; small data is split more often. */
const usersWanted = 2000;
const mostSplits = 10;
/** Multiplications that all trials may take together: about half a minute. */
const usualBudget = 40e9;
const mostPooled = 10;

export interface Trial {
  readonly method: Method;
  /** Mean over splits. */
  readonly ndcg: number;
}

export interface Choice {
  readonly parts: readonly { readonly method: Method; readonly weight: number }[];
  /** NDCG@10 on the held-out items of the splits inside train. */
  readonly validation: number;
  readonly splits: number;
  /** Every method tried, best first. */
  readonly trials: readonly Trial[];
}

export interface ChooseOptions {
  readonly seed: number;
  readonly allow?: (method: Method) => boolean;
  /** Multiplications that all trials may take together; about half a minute when left out. */
  readonly budget?: number;
  readonly onTrial?: (trial: Trial) => void;
}

/**
 * Chooses methods and their weights by what they find again of items held out inside `matrix`.
 * Depends on the data and the seed only, never on how fast the machine is. Too little data to hold
 * anything out gives popularity.
 */
export function choose(matrix: CsrMatrix, options: ChooseOptions): Choice {
  const { seed, allow = () => true, budget = usualBudget } = options;
  const fallback: Method = { name: 'popularity' };
  const wished = candidates(matrix).filter(allow);
  const everything = wished.reduce((sum, method) => sum + costOf(method, matrix), 0);
  const splitCount = Math.max(
    1,
    Math.min(
      mostSplits,
      Math.ceil(usersWanted / Math.max(1, matrix.rows)),
      Math.floor(budget / everything),
    ),
  );
  const splits = Array.from({ length: splitCount }, (_, split) =>
    holdOut(matrix, seed * 1000 + split),
  ).filter((split) => split.heldOut.size > 0);
  const affordable = withinBudget(wished, matrix, budget / splitCount);
  if (splits.length === 0 || affordable.length === 0) {
    const parts = [{ method: wished[0] ?? fallback, weight: 1 }];
    return { parts, validation: 0, splits: 0, trials: [] };
  }
  const tried = affordable.map((method) => {
    const lists = splits.map((split) => {
      const model = fitMethod(split.train, method, seed);
      return rankUnseen(model, split.train, pooledPlaces);
    });
    const ndcg = mean(
      lists.map((list, index) => scoreRanking(list, splits[index]!.heldOut, 1)['ndcg@10']),
    );
    options.onTrial?.({ method, ndcg });
    return { method, ndcg, lists };
  });
  tried.sort((a, b) => b.ndcg - a.ndcg);
  const pooled = bestOfEach(tried);
  const { weights, ndcg } = weighParts(
    pooled.map((trial) => trial.lists),
    splits,
    seed,
  );
  return {
    parts: pooled.flatMap(({ method }, index) =>
      weights[index]! > 0 ? [{ method, weight: weights[index]! }] : [],
    ),
    validation: ndcg,
    splits: splits.length,
    trials: tried.map(({ method, ndcg: alone }) => ({ method, ndcg: alone })),
  };
}

/** Fits the chosen methods on all of `matrix` and ranks what each user (of `only`) has not seen. */
export function recommend(
  matrix: CsrMatrix,
  parts: Choice['parts'],
  options: { seed: number; count: number; only?: ReadonlySet<number> },
): RankedItems {
  const places = parts.length === 1 ? options.count : Math.max(pooledPlaces, options.count);
  const lists = parts.map(({ method }) =>
    rankUnseen(fitMethod(matrix, method, options.seed), matrix, places, options.only),
  );
  if (lists.length === 1) return lists[0]!;
  const weights = parts.map((part) => part.weight);
  return blend(lists, weights, matrix.rows, options.count);
}

function withinBudget(methods: readonly Method[], matrix: CsrMatrix, limit: number): Method[] {
  let spent = 0;
  return methods.filter((method) => {
    const cost = costOf(method, matrix);
    if (spent + cost > limit && method.name !== 'popularity') return false;
    spent += cost;
    return true;
  });
}

/** The best two settings of every method, at most ten; sorted input, sorted output. */
function bestOfEach<T extends Trial>(tried: readonly T[]): T[] {
  const taken = new Map<string, number>();
  const kept = tried.filter(({ method }) => {
    const before = taken.get(method.name) ?? 0;
    taken.set(method.name, before + 1);
    return before < 2;
  });
  return kept.slice(0, mostPooled);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
