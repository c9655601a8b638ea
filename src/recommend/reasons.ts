import { type CsrMatrix, transpose } from './csr-matrix.ts';
import type { ItemModel } from './item-model.ts';

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

/**
 * The same by what fitted models say of items, without a look at anybody else: by the first model, where that
 * says nothing of a pair by the next.
 * @param listeners a listener's pairs one after another
 */
export function reasonsBy(
  models: readonly ItemModel[],
  listeners: Int32Array,
  tracks: Int32Array,
  byListener: CsrMatrix,
): { because: Int32Array; alsoBecause: Int32Array } {
  const told: Told = {
    because: new Int32Array(tracks.length).fill(-1),
    alsoBecause: new Int32Array(tracks.length).fill(-1),
    most: new Float32Array(tracks.length),
    next: new Float32Array(tracks.length),
  };
  const { because, alsoBecause } = told;
  const pairOf = new Int32Array(byListener.columns).fill(-1);
  let from = 0;
  while (from < tracks.length) {
    const listener = listeners[from]!;
    let to = from;
    while (to < tracks.length && listeners[to] === listener) to += 1;
    for (const model of models) {
      let open = 0;
      for (let pair = from; pair < to; pair += 1) {
        if (because[pair] !== -1) continue;
        pairOf[tracks[pair]!] = pair;
        open += 1;
      }
      if (open === 0) break;
      const end = byListener.starts[listener + 1]!;
      for (let cell = byListener.starts[listener]!; cell < end; cell += 1) {
        const own = byListener.indices[cell]!;
        const weight = byListener.values[cell]!;
        if (weight === 0) continue;
        addSaid(model, own, weight, told, { tracks, from, to, pairOf });
      }
      for (let pair = from; pair < to; pair += 1) pairOf[tracks[pair]!] = -1;
    }
    from = to;
  }
  return { because, alsoBecause };
}

/** By pair: the two best reasons so far, and what they say. */
interface Told {
  readonly because: Int32Array;
  readonly alsoBecause: Int32Array;
  readonly most: Float32Array;
  readonly next: Float32Array;
}

/** Pairs of one listener; `pairOf` a track that has no reason yet, −1 for all others. */
interface OpenPairs {
  readonly tracks: Int32Array;
  readonly from: number;
  readonly to: number;
  readonly pairOf: Int32Array;
}

/** What a model says of the listener's own item for the tracks of the pairs that are open. */
function addSaid(
  model: ItemModel,
  own: number,
  weight: number,
  told: Told,
  { tracks, from, to, pairOf }: OpenPairs,
): void {
  if (model.kind === 'neighbours') {
    const { starts, items, values } = model;
    const end = own < starts.length - 1 ? starts[own + 1]! : 0;
    for (let place = starts[own]!; place < end; place += 1) {
      const pair = pairOf[items[place]!]!;
      if (pair !== -1) tell(told, pair, own, weight * values[place]!);
    }
  } else if (model.kind === 'linear' && own < model.size) {
    for (let pair = from; pair < to; pair += 1) {
      const track = tracks[pair]!;
      if (pairOf[track] === pair && track < model.size) {
        tell(told, pair, own, weight * model.weights[own * model.size + track]!);
      }
    }
  }
}

function tell(told: Told, pair: number, own: number, value: number): void {
  if (value > told.most[pair]!) {
    told.alsoBecause[pair] = told.because[pair]!;
    told.next[pair] = told.most[pair]!;
    told.because[pair] = own;
    told.most[pair] = value;
  } else if (value > told.next[pair]!) {
    told.alsoBecause[pair] = own;
    told.next[pair] = value;
  }
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
