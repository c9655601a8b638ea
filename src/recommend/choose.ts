import { blend } from './blend.ts';
import { candidates, costOf } from './candidates.ts';
import { type CsrMatrix, rowsFrom } from './csr-matrix.ts';
import { holdOut } from './holdout.ts';
import { recommenderOf } from './item-model.ts';
import { fitMethod, type Method } from './methods.ts';
import { scoreRanking } from './metrics.ts';
import type { RankedItems, Recommender } from './recommender.ts';
import { rankUnseen } from './top-items.ts';
import { weighParts } from './weigh-parts.ts';

/** Places kept of each list that may become part of a blend. */
export const pooledPlaces = 100;
/** Enough held-out users for differences of a few per cent; small data is split more often. */
const usersWanted = 2000;
const mostSplits = 10;
/** Multiplications that all trials may take together: about a minute. */
const usualBudget = 80e9;
const mostPooled = 10;
/** Users ranked at a time. */
const usualBlock = 4096;

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
  /** Methods to try, the most promising first; those of `candidates` when left out. */
  readonly methods?: readonly Method[];
  /** Multiplications that all trials may take together; about a minute when left out. */
  readonly budget?: number;
  /** Methods that may be mixed; the two best settings of every method when left out. */
  readonly mostParts?: number;
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
  const wished = (options.methods ?? candidates(matrix)).filter(allow);
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
  const pooled = bestOfEach(tried, options.mostParts);
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

/** Fits the chosen methods on all of `matrix` and ranks what each user has not seen. */
export function recommend(
  matrix: CsrMatrix,
  parts: Choice['parts'],
  options: { seed: number; count: number },
): RankedItems {
  const fitted = fitParts(matrix, parts, options.seed);
  return rankMixed(fitted, matrix, options.count);
}

/** The best unseen items by all parts together. */
function rankMixed(
  parts: readonly FittedPart[],
  seen: CsrMatrix,
  count: number,
  only?: ReadonlySet<number>,
): RankedItems {
  const places = parts.length === 1 ? count : Math.max(pooledPlaces, count);
  const lists = parts.map(({ model }) => rankUnseen(model, seen, places, only));
  if (lists.length === 1) return lists[0]!;
  const weights = parts.map((part) => part.weight);
  return blend(lists, weights, seen.rows, count);
}

/** A method of a choice, fitted, with its weight. */
export interface FittedPart {
  readonly model: Recommender;
  readonly weight: number;
}

export const fitParts = (matrix: CsrMatrix, parts: Choice['parts'], seed: number): FittedPart[] =>
  parts.map(({ method, weight }) => ({ model: fitMethod(matrix, method, seed), weight }));

/**
 * The same for so many users at a time: a hundred thousand lists of hundreds of places in several methods
 * would not fit in memory. Users are scored by what they play alone, so that lists don't depend on whether
 * a model was fitted just now or kept.
 * @param options.only users to rank for; the places of others stay unused. Everyone when left out.
 */
export function* recommendInBlocks(
  parts: readonly FittedPart[],
  matrix: CsrMatrix,
  options: { count: number; only?: ReadonlySet<number>; block?: number },
): Generator<{ from: number; users: number; ranked: RankedItems }> {
  const { count, only, block = usualBlock } = options;
  for (let from = 0; from < matrix.rows; from += block) {
    const users = Math.min(block, matrix.rows - from);
    const seen = rowsFrom(matrix, from, users);
    const wanted =
      only === undefined
        ? undefined
        : new Set(
            [...only].flatMap((user) => (user >= from && user < from + users ? [user - from] : [])),
          );
    if (wanted?.size === 0) continue;
    const here = parts.map(({ model, weight }) => ({
      model: recommenderOf(model.items, seen),
      weight,
    }));
    yield { from, users, ranked: rankMixed(here, seen, count, wanted) };
  }
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

/** The best settings of every method: two each and ten in all, or one each where fewer may be mixed. */
function bestOfEach<T extends Trial>(tried: readonly T[], most = mostPooled): T[] {
  const ofOne = most < mostPooled ? 1 : 2;
  const taken = new Map<string, number>();
  const kept = tried.filter(({ method }) => {
    const before = taken.get(method.name) ?? 0;
    taken.set(method.name, before + 1);
    return before < ofOne;
  });
  return kept.slice(0, most);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
