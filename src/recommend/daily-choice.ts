import type { Choice } from './choose.ts';
import { type ListenerLists, makeLists } from './listener-recommendations.ts';
import type { Taste } from './taste.ts';
import { type Judged, validateOnRecent } from './validation.ts';

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
}

export interface PlatformResult {
  /** Best first; undefined where the earlier choice was kept, empty where too little is known. */
  readonly judged: readonly Judged[] | undefined;
  /** Lists of the quality tier; undefined where another one was chosen. */
  readonly lists: ListenerLists | undefined;
  /** True where there are lists of everyone, not only of the changed ones. */
  readonly isForAll: boolean;
}

const seed = 1;
/** Multiplications for the trials: some ten seconds of one core. */
const budget = 10e9;
/** From so many pairs of listener and track on methods cost minutes: more for the trials, fewer in the mixture. */
const largeFrom = 3_000_000;
const forMany = { budget: 20e9, mostParts: 3 };

/**
 * Chooses the way to recommend by held-out recent plays, where that is due, and makes the quality tier's lists
 * where it wins. Lists of listeners without new plays are made anew only when the way has changed.
 */
export function recommendOnPlatform(task: PlatformTask): PlatformResult {
  const { taste, count, perArtist, before } = task;
  const isLarge = taste.matrix.indices.length > largeFrom;
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
  const lists = makeLists(taste, { seed, count, perArtist, parts: best.parts, only });
  return { judged, lists, isForAll: only === undefined };
}
