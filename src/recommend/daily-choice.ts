import { costOf } from './candidates.ts';
import { type Choice, type FittedPart, fitParts } from './choose.ts';
import type { CsrMatrix } from './csr-matrix.ts';
import { type ItemModel, recommenderOf } from './item-model.ts';
import { type ListenerLists, makeLists } from './listener-recommendations.ts';
import { fitMethod, type Method } from './methods.ts';
import type { Taste } from './taste.ts';
import { type Judged, validateOnRecent } from './validation.ts';

/** Fitted models of the quality tier: those of the parts of a choice in its order, and what reasons are told by. */
export interface KeptModels {
  readonly parts: readonly ItemModel[];
  readonly reasons: ItemModel;
}

export interface PlatformTask {
  readonly taste: Taste;
  readonly count: number;
  readonly perArtist: number;
  /** What was chosen last. */
  readonly before?: { readonly tier: Judged['tier']; readonly parts: Choice['parts'] };
  /** True where `before` is not of today, and the ways are judged anew. */
  readonly isDue: boolean;
  /** Numbers of listeners with new plays; everyone when left out. */
  readonly changed?: ReadonlySet<number>;
  /** Models of `before` that were fitted earlier today. The taste may then hold the changed listeners alone. */
  readonly kept?: KeptModels;
  /** Models are kept where fitting them takes more multiplications than this. */
  readonly keepFrom?: number;
}

export interface PlatformResult {
  /** Best first; undefined where the earlier choice was kept, empty where too little is known. */
  readonly judged: readonly Judged[] | undefined;
  /** Lists of the quality tier; undefined where another one was chosen. */
  readonly lists: ListenerLists | undefined;
  /** True where there are lists of everyone, not only of the changed ones. */
  readonly isForAll: boolean;
  /** What was fitted for the lists and is worth keeping for the day. */
  readonly models?: KeptModels;
}

const seed = 1;
/** Multiplications for the trials: some ten seconds of one core. */
const budget = 10e9;
/** What is fitted in less than about half a second of a core is fitted anew for every step, on the newest plays. */
const usuallyKeptFrom = 0.5e9;
/**
 * From so many pairs of listener and track on methods cost minutes: more for the trials, fewer in the mixture,
 * and no ALS: one trial of 32 factors would take four fifths of the budget, and fewer find no more than neighbours.
 */
const large = 3_000_000;
const forMany = {
  budget: 20e9,
  mostParts: 3,
  allow: (method: Method) => method.name !== 'als',
};
const reasonsMethod: Method = { name: 'cosine', weighting: 'log', shrinkage: 1, neighbours: 200 };

/**
 * Chooses the way to recommend by held-out recent plays, where that is due, and makes the quality tier's lists
 * where it wins. Lists of listeners without new plays are made anew only when the way has changed.
 */
export function recommendOnPlatform(task: PlatformTask): PlatformResult {
  const { taste, count, perArtist, before } = task;
  const isLarge = taste.matrix.indices.length > large;
  const judged = task.isDue
    ? validateOnRecent(taste, {
        seed,
        ...(isLarge ? forMany : { budget }),
        before: before?.tier === 'quality' ? before.parts : undefined,
      })
    : undefined;
  // Popularity is judged to compare with; the lists of the portable method end in it anyway.
  const best = task.isDue ? judged?.find((one) => one.tier !== 'popularity') : before;
  if (best === undefined || best.tier !== 'quality') {
    return { judged, lists: undefined, isForAll: true };
  }
  const isSame = JSON.stringify(best.parts) === JSON.stringify(before?.parts);
  const only = isSame && before?.tier === 'quality' ? task.changed : undefined;
  const kept = task.isDue ? undefined : task.kept;
  const parts =
    kept === undefined
      ? fitParts(taste.matrix, best.parts, seed)
      : best.parts.map(({ weight }, at) => ({
          model: recommenderOf(kept.parts[at]!, taste.matrix),
          weight,
        }));
  const models =
    kept ??
    (fitCost(best.parts, taste.matrix) > (task.keepFrom ?? usuallyKeptFrom)
      ? toKeep(taste.matrix, best.parts, parts)
      : undefined);
  const reasons = models === undefined ? undefined : [models.reasons, ...models.parts];
  const lists = makeLists(taste, { count, perArtist, parts, reasons, only });
  const isForAll = only === undefined;
  return { judged, lists, isForAll, ...(models === kept ? {} : { models }) };
}

const fitCost = (parts: Choice['parts'], matrix: CsrMatrix): number =>
  parts.reduce((sum, { method }) => sum + costOf(method, matrix), 0);

function toKeep(
  matrix: CsrMatrix,
  parts: Choice['parts'],
  fitted: readonly FittedPart[],
): KeptModels {
  const models = fitted.map(({ model }) => model.items);
  const same = parts.findIndex(({ method }) => method.name === 'cosine');
  const reasons = models[same] ?? fitMethod(matrix, reasonsMethod, seed).items;
  return { parts: models, reasons };
}
