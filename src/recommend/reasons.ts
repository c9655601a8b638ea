import { type CsrMatrix, transpose } from './csr-matrix.ts';

/** Listeners of a track that are asked what else they play: more say the same. */
const mostAsked = 1000;

/**
 * "Because you play A and B": for every pair of listener and recommended track, the two of the listener's own
 * tracks that contribute most, by weight × cosine of the listeners' weights. −1 where nobody plays both.
 * Goes from track to track, so that one row of similarities is in memory at a time.
 */
export function findReasons(
  listeners: Int32Array,
  tracks: Int32Array,
  byListener: CsrMatrix,
): { because: Int32Array; alsoBecause: Int32Array } {
  const because = new Int32Array(tracks.length).fill(-1);
  const alsoBecause = new Int32Array(tracks.length).fill(-1);
  const lengths = columnLengths(byListener);
  const byTrack = transpose(byListener);
  const products = new Float64Array(byListener.columns);
  const pairs = pairsByTrack(tracks, byListener.columns);
  for (let track = 0; track < byListener.columns; track += 1) {
    const [from, to] = [pairs.starts[track]!, pairs.starts[track + 1]!];
    if (from === to) continue;
    addProducts(track, byListener, byTrack, products);
    for (let at = from; at < to; at += 1) {
      const pair = pairs.order[at]!;
      const [first, second] = bestTwo(listeners[pair]!, track, byListener, products, lengths);
      because[pair] = first;
      alsoBecause[pair] = second;
    }
    products.fill(0);
  }
  return { because, alsoBecause };
}

function addProducts(
  track: number,
  byListener: CsrMatrix,
  byTrack: CsrMatrix,
  products: Float64Array,
): void {
  const from = byTrack.starts[track]!;
  const to = Math.min(byTrack.starts[track + 1]!, from + mostAsked);
  for (let at = from; at < to; at += 1) {
    const listener = byTrack.indices[at]!;
    const value = byTrack.values[at]!;
    if (value === 0) continue;
    const end = byListener.starts[listener + 1]!;
    for (let cell = byListener.starts[listener]!; cell < end; cell += 1) {
      products[byListener.indices[cell]!]! += value * byListener.values[cell]!;
    }
  }
}

/** The listener's own tracks that say most for the track; equal ones in the order of popularity. */
function bestTwo(
  listener: number,
  track: number,
  byListener: CsrMatrix,
  products: Float64Array,
  lengths: Float64Array,
): [number, number] {
  let [first, second] = [-1, -1];
  let [most, next] = [0, 0];
  const end = byListener.starts[listener + 1]!;
  for (let cell = byListener.starts[listener]!; cell < end; cell += 1) {
    const own = byListener.indices[cell]!;
    if (own === track) continue;
    const value = (byListener.values[cell]! * products[own]!) / (lengths[own] || 1);
    if (value > most) {
      [second, next] = [first, most];
      [first, most] = [own, value];
    } else if (value > next) [second, next] = [own, value];
  }
  return [first, second];
}

function pairsByTrack(
  tracks: Int32Array,
  count: number,
): { starts: Int32Array; order: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (const track of tracks) starts[track + 1]! += 1;
  for (let track = 0; track < count; track += 1) starts[track + 1]! += starts[track]!;
  const next = starts.slice(0, count);
  const order = new Int32Array(tracks.length);
  for (let pair = 0; pair < tracks.length; pair += 1) order[next[tracks[pair]!]!++] = pair;
  return { starts, order };
}

/** Length of every column. */
function columnLengths(matrix: CsrMatrix): Float64Array {
  const squares = new Float64Array(matrix.columns);
  for (let at = 0; at < matrix.values.length; at += 1) {
    squares[matrix.indices[at]!]! += matrix.values[at]! ** 2;
  }
  return squares.map(Math.sqrt);
}
