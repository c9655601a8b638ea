import type { Interactions } from './interactions.ts';
import { type Scores, scoreRanking } from './metrics.ts';
import type { RankedItems } from './recommender.ts';

export interface TestScores extends Scores {
  /** Users of the test file that train does not know; they are given the most popular items. */
  readonly unknown_users: number;
}

/** Items of everyone's list who is not known: the most popular ones. */
const coldPlaces = 20;

/** Users of `test` that `train` does not know. */
export function usersWithout(train: Interactions, test: Interactions): string[] {
  const known = new Set(train.users);
  return test.users.filter((user) => !known.has(user));
}

/** Scores lists against a test file. Items that train does not know can only be missed. */
export function scoreAgainst(
  ranked: RankedItems,
  train: Interactions,
  test: Interactions,
): TestScores {
  const users = new Map(train.users.map((user, index) => [user, index]));
  const items = new Map(train.items.map((item, index) => [item, index]));
  const relevant = new Map<number, Set<number>>();
  let unknown = 0;
  test.users.forEach((name, user) => {
    const place = users.get(name) ?? train.users.length + unknown++;
    const { starts, indices } = test.matrix;
    const wanted = new Set<number>();
    for (let at = starts[user]!; at < starts[user + 1]!; at += 1) {
      const item = indices[at]!;
      // Below −1, the mark of an unused place.
      wanted.add(items.get(test.items[item]!) ?? -2 - item);
    }
    relevant.set(place, wanted);
  });
  const all = withPopular(ranked, unknown, train.items.length);
  return { ...scoreRanking(all, relevant, train.items.length), unknown_users: unknown };
}

/** The lists, and `more` of the most popular items (those with the lowest numbers). */
function withPopular(ranked: RankedItems, more: number, items: number): RankedItems {
  if (more === 0) return ranked;
  const { count } = ranked;
  const popular = Int32Array.from({ length: count * more }, (_, at) =>
    at % count < Math.min(coldPlaces, items) ? at % count : -1,
  );
  const all = new Int32Array(ranked.items.length + popular.length);
  all.set(ranked.items);
  all.set(popular, ranked.items.length);
  return { ...ranked, items: all };
}

/**
 * The lists as a file of user, item and rank, best first.
 * @param cold further users, whom nothing is known of: they get the most popular items
 */
export function toTable(
  ranked: RankedItems,
  train: Interactions,
  cold: readonly string[] = [],
): string {
  const lines = ['user\titem\trank'];
  train.users.forEach((user, row) => {
    for (let place = 0; place < ranked.count; place += 1) {
      const item = ranked.items[row * ranked.count + place]!;
      if (item < 0) break;
      lines.push(`${user}\t${train.items[item]}\t${place + 1}`);
    }
  });
  for (const user of cold) {
    train.items.slice(0, coldPlaces).forEach((item, place) => {
      lines.push(`${user}\t${item}\t${place + 1}`);
    });
  }
  return `${lines.join('\n')}\n`;
}
