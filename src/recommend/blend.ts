import type { RankedItems } from './recommender.ts';
import { topItems } from './top-items.ts';

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
  /** Ascending. */
  readonly items: Int32Array;
  /** Row l holds the scores of list l; an item that it lacks gets the list's last one. */
  readonly scores: Float32Array;
}

/** By item: its place in the pool that is being made, from 1 on; 0 between pools. Grows with the items. */
let placeOf = new Int32Array(1024);

export function poolOf(lists: readonly RankedItems[], user: number): UserPool {
  const all = new Int32Array(lists.reduce((sum, list) => sum + list.count, 0));
  let size = 0;
  for (const list of lists) {
    for (let at = user * list.count; at < (user + 1) * list.count; at += 1) {
      const item = list.items[at]!;
      if (item < 0) break;
      if (item >= placeOf.length) {
        const larger = new Int32Array(2 * item);
        larger.set(placeOf);
        placeOf = larger;
      }
      if (placeOf[item] === 1) continue;
      placeOf[item] = 1;
      all[size] = item;
      size += 1;
    }
  }
  const items = all.slice(0, size).sort();
  items.forEach((item, place) => {
    placeOf[item] = place + 1;
  });
  const scores = new Float32Array(lists.length * size);
  lists.forEach((list, index) => {
    const scaled = scaledScores(list, user);
    const row = scores.subarray(index * size, (index + 1) * size);
    row.fill(Math.min(0, scaled.at(-1) ?? floor));
    for (let at = 0; at < scaled.length; at += 1) {
      row[placeOf[list.items[user * list.count + at]!]! - 1] = scaled[at]!;
    }
  });
  for (const item of items) placeOf[item] = 0;
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
    topItems(sums, count).forEach((at, place) => {
      items[user * count + place] = pool.items[at]!;
      scores[user * count + place] = sums[at]!;
    });
  }
  return { count, items, scores };
}
