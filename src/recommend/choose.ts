import { blend, poolOf, type UserPool } from './blend.ts';
import { candidates, costOf } from './candidates.ts';
import type { CsrMatrix } from './csr-matrix.ts';
import { type Holdout, holdOut } from './holdout.ts';
import { fitMethod, type Method } from './methods.ts';
import { discounts, idealGain, scoreRanking } from './metrics.ts';
import type { RankedItems } from './recommender.ts';
import { rankUnseen } from './top-items.ts';

/** Places kept of each list that may become part of a blend. */
export const pooledPlaces = 100;
/** Enough held-out users for differences of a few per cent; small data is split more often. */
const usersWanted = 2000;
const mostSplits = 10;
/** Multiplications that all trials may take together: about half a minute. */
const budget = 40e9;
const mostPooled = 10;
const mostRounds = 8;
/** A further part must improve the blend by this much. */
const worthwhile = 2e-4;

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
  readonly onTrial?: (trial: Trial) => void;
}

/**
 * Chooses methods and their weights by what they find again of items held out inside `matrix`.
 * Depends on the data and the seed only, never on how fast the machine is. Too little data to hold
 * anything out gives popularity.
 */
export function choose(matrix: CsrMatrix, options: ChooseOptions): Choice {
  const { seed, allow = () => true } = options;
  const fallback: Method = { name: 'popularity' };
  const wished = candidates(matrix).filter(allow);
  const cheapest = wished.reduce((sum, method) => sum + costOf(method, matrix), 0);
  const splitCount = Math.max(
    1,
    Math.min(
      mostSplits,
      Math.ceil(usersWanted / Math.max(1, matrix.rows)),
      Math.floor(budget / cheapest),
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

/** Fits the chosen methods on all of `matrix` and ranks what each user has not seen. */
export function recommend(
  matrix: CsrMatrix,
  parts: Choice['parts'],
  options: { seed: number; count: number },
): RankedItems {
  const places = parts.length === 1 ? options.count : Math.max(pooledPlaces, options.count);
  const lists = parts.map(({ method }) =>
    rankUnseen(fitMethod(matrix, method, options.seed), matrix, places),
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

interface JudgedUser extends UserPool {
  readonly relevant: Uint8Array;
  readonly ideal: number;
  readonly sums: Float64Array;
}

/**
 * Greedy forward selection with repeats (Caruana et al., "Ensemble Selection from Libraries of
 * Models", 2004): the part that helps most is added until none does; weights are how often.
 */
function weighParts(
  lists: readonly (readonly RankedItems[])[],
  splits: readonly Holdout[],
): { weights: number[]; ndcg: number } {
  const users = splits.flatMap(({ heldOut }, split) =>
    [...heldOut].map(([user, wanted]): JudgedUser => {
      const pool = poolOf(
        lists.map((own) => own[split]!),
        user,
      );
      const relevant = Uint8Array.from(pool.items, (item) => (wanted.has(item) ? 1 : 0));
      const ideal = idealGain(wanted.size);
      return { ...pool, relevant, ideal, sums: new Float64Array(pool.items.length) };
    }),
  );
  const weights = lists.map(() => 0);
  let reached = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    const gains = lists.map((_, list) => mean(users.map((user) => gainWith(user, list))));
    const best = gains.indexOf(Math.max(...gains));
    if (round > 0 && gains[best]! < reached + worthwhile) break;
    reached = gains[best]!;
    weights[best]! += 1;
    for (const { sums, scores } of users) {
      for (let at = 0; at < sums.length; at += 1) sums[at]! += scores[best * sums.length + at]!;
    }
  }
  return { weights, ndcg: reached };
}

const topSums = new Float64Array(10);
const topPlaces = new Int32Array(10);

/** NDCG@10 of one user after adding one list to the sums. */
function gainWith(user: JudgedUser, list: number): number {
  const { sums, scores, relevant } = user;
  const from = list * sums.length;
  let filled = 0;
  for (let at = 0; at < sums.length; at += 1) {
    const sum = sums[at]! + scores[from + at]!;
    if (filled === 10 && sum <= topSums[9]!) continue;
    let place = filled < 10 ? filled++ : 9;
    while (place > 0 && topSums[place - 1]! < sum) {
      topSums[place] = topSums[place - 1]!;
      topPlaces[place] = topPlaces[place - 1]!;
      place -= 1;
    }
    topSums[place] = sum;
    topPlaces[place] = at;
  }
  let gain = 0;
  for (let place = 0; place < filled; place += 1) {
    if (relevant[topPlaces[place]!] === 1) gain += discounts[place]!;
  }
  return gain / user.ideal;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
