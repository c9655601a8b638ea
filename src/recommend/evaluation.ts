import type { Interactions } from './interactions.ts';
import { type Scores, scoreRanking } from './metrics.ts';
import type { RankedItems } from './recommender.ts';

export interface TestScores extends Scores {
  /** Users of the test file that train does not know; nothing can be recommended to them. */
  readonly unknown_users: number;
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
    const known = users.get(name);
    if (known === undefined) {
      unknown += 1;
      return;
    }
    const { starts, indices } = test.matrix;
    const wanted = new Set<number>();
    for (let at = starts[user]!; at < starts[user + 1]!; at += 1) {
      const item = indices[at]!;
      // Below −1, the mark of an unused place.
      wanted.add(items.get(test.items[item]!) ?? -2 - item);
    }
    relevant.set(known, wanted);
  });
  return { ...scoreRanking(ranked, relevant, train.items.length), unknown_users: unknown };
}

/** The lists as a file of user, item and rank, best first. */
export function toTable(ranked: RankedItems, train: Interactions): string {
  const lines = ['user\titem\trank'];
  train.users.forEach((user, row) => {
    for (let place = 0; place < ranked.count; place += 1) {
      const item = ranked.items[row * ranked.count + place]!;
      if (item < 0) break;
      lines.push(`${user}\t${train.items[item]}\t${place + 1}`);
    }
  });
  return `${lines.join('\n')}\n`;
}
