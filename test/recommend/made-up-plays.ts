import { type Interactions, toInteractions } from '../../src/recommend/index.ts';
import { seededRandom } from '../../src/recommend/seeded-random.ts';

/** Listeners of a few tastes, each playing mostly the items of theirs. */
export function madeUpPlays(
  options: { users?: number; items?: number; each?: number; tastes?: number; seed?: number } = {},
): Interactions {
  const { users = 60, items = 120, each = 15, tastes = 4, seed = 7 } = options;
  const random = seededRandom(seed);
  const rows = [];
  for (let user = 0; user < users; user += 1) {
    for (let play = 0; play < each; play += 1) {
      const own = Math.floor((random() ** 2 * items) / tastes) * tastes + (user % tastes);
      const item = random() < 0.85 ? own % items : Math.floor(random() * items);
      rows.push({ user: `u${user}`, item: `i${item}`, weight: 1 + Math.floor(random() * 40) });
    }
  }
  return toInteractions(rows);
}

/** Scores of one user by a fitted method. */
export function scoresOf(
  model: { score(user: number, into: Float64Array): void },
  user: number,
  items: number,
): Float64Array {
  const scores = new Float64Array(items);
  model.score(user, scores);
  return scores;
}

export function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-8) {
  for (let at = 0; at < expected.length; at += 1) {
    const difference = Math.abs(actual[at]! - expected[at]!);
    if (!(difference <= within * Math.max(1, Math.abs(expected[at]!)))) {
      throw new Error(`place ${at}: ${actual[at]} is not ${expected[at]}`);
    }
  }
}
