import { poolOf, type UserPool } from './blend.ts';
import type { Holdout } from './holdout.ts';
import { discounts, idealGain } from './metrics.ts';
import type { RankedItems } from './recommender.ts';
import { seededRandom } from './seeded-random.ts';

const mostRounds = 6;
/** A further part must improve the blend by this much. */
const worthwhile = 2e-4;
/** Random halves of the users that are asked; what only some of them want gets little weight. */
const bags = 8;
/** Parts with a smaller share of the weight are left out. */
const smallestShare = 0.1;

interface JudgedUser extends UserPool {
  readonly relevant: Uint8Array;
  readonly ideal: number;
  readonly sums: Float64Array;
}

/**
 * Weights for lists by greedy forward selection with repeats on random halves of the users
 * (Caruana et al., "Ensemble Selection from Libraries of Models", 2004): in each half the part that
 * helps most is added until none does; the weights are how often.
 * @param lists list by part and split
 */
export function weighParts(
  lists: readonly (readonly RankedItems[])[],
  splits: readonly Holdout[],
  seed: number,
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
  const random = seededRandom(seed);
  const votes = lists.map(() => 0);
  for (let bag = 0; bag < bags; bag += 1) {
    const half = users.filter(() => random() < 0.5);
    const own = select(half.length === 0 ? users : half, lists.length);
    const total = own.reduce((sum, weight) => sum + weight, 0);
    own.forEach((weight, list) => {
      votes[list]! += weight / total / bags;
    });
  }
  const most = Math.max(...votes);
  const weights = votes.map((vote) =>
    vote >= Math.min(smallestShare, most) ? Math.round(vote * 100) / 100 : 0,
  );
  for (const user of users) addTo(user.sums.fill(0), user, weights);
  return { weights, ndcg: mean(users.map((user) => gainWith(user, undefined))) };
}

/** How often each list is taken, for these users. */
function select(users: readonly JudgedUser[], lists: number): number[] {
  const weights = new Array<number>(lists).fill(0);
  for (const user of users) user.sums.fill(0);
  let reached = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    const gains = weights.map((_, list) => mean(users.map((user) => gainWith(user, list))));
    const best = gains.indexOf(Math.max(...gains));
    if (round > 0 && gains[best]! < reached + worthwhile) break;
    reached = gains[best]!;
    weights[best]! += 1;
    const added = weights.map((_, list) => (list === best ? 1 : 0));
    for (const user of users) addTo(user.sums, user, added);
  }
  return weights;
}

function addTo(sums: Float64Array, { scores }: UserPool, weights: readonly number[]): void {
  weights.forEach((weight, list) => {
    if (weight === 0) return;
    for (let at = 0; at < sums.length; at += 1) {
      sums[at]! += weight * scores[list * sums.length + at]!;
    }
  });
}

const topSums = new Float64Array(10);
const topPlaces = new Int32Array(10);

/** NDCG@10 of one user by the sums, after adding one list to them where one is given. */
function gainWith(user: JudgedUser, list: number | undefined): number {
  const { sums, scores, relevant } = user;
  const from = (list ?? 0) * sums.length;
  const share = list === undefined ? 0 : 1;
  let filled = 0;
  for (let at = 0; at < sums.length; at += 1) {
    const sum = sums[at]! + share * scores[from + at]!;
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
