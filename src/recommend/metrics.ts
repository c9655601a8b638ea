import type { RankedItems } from './recommender.ts';

/** Gain of a hit at place k (0 = best), Järvelin and Kekäläinen 2002. */
export const discounts: Float64Array = Float64Array.from(
  { length: 10 },
  (_, place) => 1 / Math.log2(place + 2),
);

const idealGains = Float64Array.from({ length: 11 }, (_, hits) =>
  discounts.subarray(0, hits).reduce((sum, discount) => sum + discount, 0),
);

/** The gain of a perfect list of ten. */
export const idealGain = (relevant: number): number => idealGains[Math.min(10, relevant)]!;

/** NDCG@10 of one list with binary relevance. */
export function ndcgAt10(ranked: ArrayLike<number>, relevant: ReadonlySet<number>): number {
  if (relevant.size === 0) return 0;
  let gain = 0;
  for (let place = 0; place < Math.min(10, ranked.length); place += 1) {
    if (relevant.has(ranked[place]!)) gain += discounts[place]!;
  }
  return gain / idealGain(relevant.size);
}

export interface Scores {
  /** Users of the test file that were scored. */
  readonly users: number;
  readonly 'ndcg@10': number;
  readonly 'recall@10': number;
  readonly 'recall@20': number;
  /** Share of the items of train that somebody finds among their first ten. */
  readonly 'coverage@10': number;
}

/**
 * The means over users with held-out items. Recall counts against min(held out, k).
 * `items` is the number of distinct items in train.
 */
export function scoreRanking(
  ranked: RankedItems,
  relevant: ReadonlyMap<number, ReadonlySet<number>>,
  items: number,
): Scores {
  const covered = new Set<number>();
  let [gains, recall10, recall20] = [0, 0, 0];
  for (const [user, wanted] of relevant) {
    const from = user * ranked.count;
    const all = ranked.items.subarray(from, from + ranked.count);
    const none = all.indexOf(-1);
    const own = none < 0 ? all : all.subarray(0, none);
    gains += ndcgAt10(own, wanted);
    let hits = 0;
    for (let place = 0; place < Math.min(20, own.length); place += 1) {
      if (place < 10) covered.add(own[place]!);
      if (wanted.has(own[place]!)) hits += 1;
      if (place === Math.min(10, own.length) - 1) recall10 += hits / Math.min(10, wanted.size);
    }
    recall20 += hits / Math.min(20, wanted.size);
  }
  const users = relevant.size;
  const mean = (sum: number) => Math.round((sum / Math.max(1, users)) * 1e6) / 1e6;
  return {
    users,
    'ndcg@10': mean(gains),
    'recall@10': mean(recall10),
    'recall@20': mean(recall20),
    'coverage@10': Math.round((covered.size / Math.max(1, items)) * 1e6) / 1e6,
  };
}
