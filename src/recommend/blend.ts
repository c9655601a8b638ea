import type { RankedItems } from './recommender.ts';

/** The place whose score becomes 0; the best becomes 1. */
const zeroPlace = 50;
/** Nothing scores below: what a method leaves far behind is only "not among its best". */
const floor = -1;

/** The scores of one user's list brought to one scale: best unseen 1, 50th 0, never below −1. */
export function scaledScores(ranked: RankedItems, user: number): Float32Array {
  const from = user * ranked.count;
  let length = 0;
  while (length < ranked.count && ranked.items[from + length]! >= 0) length += 1;
  const scaled = new Float32Array(length);
  if (length === 0) return scaled;
  const zero = ranked.scores[from + Math.min(zeroPlace, length) - 1]!;
  const span = ranked.scores[from]! - zero;
  for (let place = 0; place < length; place += 1) {
    const value = span > 0 ? (ranked.scores[from + place]! - zero) / span : 0;
    scaled[place] = Math.max(floor, value);
  }
  return scaled;
}

/** The items of several lists of one user, with what each list gives them: lists × items. */
export interface UserPool {
  readonly items: Int32Array;
  /** Row l holds the scores of list l; an item that it lacks gets the list's last one. */
  readonly scores: Float32Array;
}

export function poolOf(lists: readonly RankedItems[], user: number): UserPool {
  const place = new Map<number, number>();
  for (const list of lists) {
    for (let at = user * list.count; at < (user + 1) * list.count; at += 1) {
      const item = list.items[at]!;
      if (item < 0) break;
      if (!place.has(item)) place.set(item, place.size);
    }
  }
  const items = Int32Array.from(place.keys());
  const scores = new Float32Array(lists.length * items.length);
  lists.forEach((list, index) => {
    const scaled = scaledScores(list, user);
    const row = scores.subarray(index * items.length, (index + 1) * items.length);
    row.fill(Math.min(0, scaled.at(-1) ?? floor));
    for (let at = 0; at < scaled.length; at += 1) {
      row[place.get(list.items[user * list.count + at]!)!] = scaled[at]!;
    }
  });
  return { items, scores };
}

/** One list a user from several: the weighted sum of scaled scores, best first, `count` places. */
export function blend(
  lists: readonly RankedItems[],
  weights: readonly number[],
  users: number,
  count: number,
): RankedItems {
  const items = new Int32Array(users * count).fill(-1);
  const scores = new Float32Array(users * count);
  for (let user = 0; user < users; user += 1) {
    const pool = poolOf(lists, user);
    const sums = new Float64Array(pool.items.length);
    weights.forEach((weight, list) => {
      for (let at = 0; at < sums.length; at += 1) {
        sums[at]! += weight * pool.scores[list * sums.length + at]!;
      }
    });
    const order = [...sums.keys()].sort(
      (a, b) => sums[b]! - sums[a]! || pool.items[a]! - pool.items[b]!,
    );
    order.slice(0, count).forEach((at, place) => {
      items[user * count + place] = pool.items[at]!;
      scores[user * count + place] = sums[at]!;
    });
  }
  return { count, items, scores };
}
