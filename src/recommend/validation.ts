import { candidates, costOf } from './candidates.ts';
import { type Choice, choose, recommend } from './choose.ts';
import { type CsrMatrix, fromCells } from './csr-matrix.ts';
import type { Holdout } from './holdout.ts';
import { fitMethod, type Method } from './methods.ts';
import { type Scores, scoreRanking } from './metrics.ts';
import { seededRandom } from './seeded-random.ts';
import type { Taste } from './taste.ts';
import { rankUnseen } from './top-items.ts';

/** What gold.user_recommendations computes in SQL: dbt/models/gold/track_similarity.sql. */
export const portableMethod: Method = {
  name: 'bm25',
  weighting: 'log',
  k1: 0.6,
  b: 0.75,
  neighbours: 200,
};

export interface Judged {
  readonly tier: 'popularity' | 'portable' | 'quality';
  readonly parts: Choice['parts'];
  readonly scores: Scores;
}

export interface ValidationOptions {
  readonly seed: number;
  /** Multiplications that the trials may take together. */
  readonly budget?: number;
  /** Methods that may be mixed; see `choose`. */
  readonly mostParts?: number;
  /** Methods that may be chosen; all when left out. */
  readonly allow?: (method: Method) => boolean;
  /** What was chosen last; it stays while a new mixture is not clearly better. */
  readonly before?: Choice['parts'];
  /** Cells that are judged by; whole listeners are drawn where there are more. */
  readonly mostCells?: number;
}

const heldShare = 0.2;
/** Listeners with fewer tracks that they like keep them all. */
const fewestTracks = 5;
const places = 20;
const mostCells = 1_000_000;
/** Multiplications that one method may take on everything: some minutes of a core. */
const mostOnAll = 100e9;
/** A new mixture replaces one that finds less than this share of what it finds. */
const stillGood = 0.98;

/**
 * Judges the ways to recommend by what listeners went on to: of each, the fifth of the tracks that they
 * came to last is held out, everything is fitted on the rest. The quality tier chooses its methods inside
 * that rest, so it never sees what it is judged by. Of many listeners some are drawn.
 * @returns best first; empty where too little is known to hold anything out.
 */
export function validateOnRecent(taste: Taste, options: ValidationOptions): Judged[] {
  const { seed } = options;
  const drawn = drawListeners(taste.matrix, seed, options.mostCells ?? mostCells);
  const { train, heldOut } = holdOutRecent(taste, drawn);
  if (heldOut.size === 0) return [];
  const judge = (tier: Judged['tier'], parts: Choice['parts']): Judged => {
    const ranked = recommend(train, parts, { seed, count: places });
    return { tier, parts, scores: scoreRanking(ranked, heldOut, train.columns) };
  };
  const single = (tier: Judged['tier'], method: Method): Judged => {
    const ranked = rankUnseen(fitMethod(train, method, seed), train, places);
    return {
      tier,
      parts: [{ method, weight: 1 }],
      scores: scoreRanking(ranked, heldOut, train.columns),
    };
  };
  const affordable = (method: Method) =>
    costOf(method, taste.matrix) <= mostOnAll && options.allow?.(method) !== false;
  const possible = candidates(taste.matrix).filter(affordable);
  const { parts } = choose(train, { ...options, methods: possible });
  let quality = judge('quality', parts);
  if (options.before?.every((part) => affordable(part.method))) {
    const kept = judge('quality', options.before);
    if (kept.scores['ndcg@10'] >= stillGood * quality.scores['ndcg@10']) quality = kept;
  }
  const judged = [
    quality,
    single('portable', portableMethod),
    single('popularity', { name: 'popularity' }),
  ];
  return judged.sort((a, b) => b.scores['ndcg@10'] - a.scores['ndcg@10']);
}

/** Everyone, or as many at random as have so many cells. */
function drawListeners(matrix: CsrMatrix, seed: number, most: number): Int32Array {
  const share = most / Math.max(1, matrix.indices.length);
  const random = seededRandom(seed);
  return Int32Array.from({ length: matrix.rows }, (_, listener) => listener).filter(
    () => share >= 1 || random() < share,
  );
}

/** The latest fifth of the tracks of these listeners, by the day of their first play; their rows alone are left. */
export function holdOutRecent(
  { matrix, firstDays }: Taste,
  listeners: ArrayLike<number> = Int32Array.from({ length: matrix.rows }, (_, at) => at),
): Holdout {
  const heldOut = new Map<number, Set<number>>();
  const cells = { row: [] as number[], column: [] as number[], value: [] as number[] };
  for (let row = 0; row < listeners.length; row += 1) {
    const [from, to] = [matrix.starts[listeners[row]!]!, matrix.starts[listeners[row]! + 1]!];
    const liked: number[] = [];
    for (let at = from; at < to; at += 1) if (matrix.values[at]! > 0) liked.push(at);
    const wanted =
      liked.length < fewestTracks ? 0 : Math.max(1, Math.round(liked.length * heldShare));
    liked.sort((a, b) => firstDays[b]! - firstDays[a]! || a - b);
    const recent = new Set(liked.slice(0, wanted).map((at) => matrix.indices[at]!));
    if (wanted > 0) heldOut.set(row, recent);
    for (let at = from; at < to; at += 1) {
      if (recent.has(matrix.indices[at]!)) continue;
      cells.row.push(row);
      cells.column.push(matrix.indices[at]!);
      cells.value.push(matrix.values[at]!);
    }
  }
  return { train: fromCells(listeners.length, matrix.columns, cells), heldOut };
}
