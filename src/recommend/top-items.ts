import type { CsrMatrix } from './csr-matrix.ts';
import type { RankedItems, Recommender } from './recommender.ts';

/**
 * The `count` best items of every user that are not in `seen`. Equal scores keep the order of the
 * items, which is by popularity (see interactions.ts).
 * @param only users to rank for; the places of others stay unused. Everyone when left out.
 */
export function rankUnseen(
  model: Recommender,
  seen: CsrMatrix,
  count: number,
  only?: ReadonlySet<number>,
): RankedItems {
  const places = Math.min(count, seen.columns);
  const items = new Int32Array(seen.rows * places).fill(-1);
  const scores = new Float32Array(seen.rows * places);
  const row = new Float64Array(seen.columns);
  for (let user = 0; user < seen.rows; user += 1) {
    if (only?.has(user) === false) continue;
    model.score(user, row);
    for (let at = seen.starts[user]!; at < seen.starts[user + 1]!; at += 1) {
      row[seen.indices[at]!] = Number.NEGATIVE_INFINITY;
    }
    const from = user * places;
    const best = topItems(row, places);
    for (let place = 0; place < best.length; place += 1) {
      items[from + place] = best[place]!;
      scores[from + place] = row[best[place]!]!;
    }
  }
  return { count: places, items, scores };
}

/** Indices of the highest scores, best first, equal ones by index; −Infinity never appears. */
export function topItems(scores: Float64Array, count: number): number[] {
  const heap: number[] = [];
  const worse = (a: number, b: number) =>
    scores[a]! < scores[b]! || (scores[a]! === scores[b]! && a > b);
  const sink = (start: number) => {
    const item = heap[start]!;
    let place = start;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && worse(heap[child + 1]!, heap[child]!)) child += 1;
      if (!worse(heap[child]!, item)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = item;
  };
  let threshold = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < scores.length; index += 1) {
    if (!(scores[index]! > threshold)) continue;
    if (heap.length < count) {
      heap.push(index);
      if (heap.length < count) continue;
      for (let place = (count >> 1) - 1; place >= 0; place -= 1) sink(place);
    } else {
      heap[0] = index;
      sink(0);
    }
    threshold = scores[heap[0]!]!;
  }
  return heap.sort((a, b) => scores[b]! - scores[a]! || a - b);
}
