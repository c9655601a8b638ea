import type { Choice } from './choose.ts';
import { type ListenerRecommendation, recommendForListeners } from './listener-recommendations.ts';
import type { ListenerTrack } from './signals.ts';
import { type Judged, validateOnRecent } from './validation.ts';

export interface PlatformTask {
  readonly rows: readonly ListenerTrack[];
  /** Track → genre, where known. */
  readonly genres: ReadonlyMap<string, string>;
  /** Epoch day that ages are counted from. */
  readonly today: number;
  readonly count: number;
  readonly perArtist: number;
  /** What was chosen today; chosen anew when left out. */
  readonly chosen?: { readonly tier: Judged['tier']; readonly parts: Choice['parts'] };
  /** Listeners with new plays; everyone when left out. */
  readonly only?: ReadonlySet<string>;
}

export interface PlatformResult {
  /** Best first; undefined where an earlier choice was kept, empty where too little is known. */
  readonly judged: readonly Judged[] | undefined;
  /** Lists of the quality tier; empty where another one was chosen. */
  readonly recommendations: readonly ListenerRecommendation[];
}

const seed = 1;
/** Multiplications for the trials: some ten seconds of one core. */
const budget = 10e9;

/** Chooses the way to recommend by held-out recent plays, and makes the quality tier's lists where it wins. */
export function recommendOnPlatform(task: PlatformTask): PlatformResult {
  const { rows, genres, today, count, perArtist, only } = task;
  const judged =
    task.chosen === undefined ? validateOnRecent(rows, { today, seed, budget }) : undefined;
  // Popularity is judged to compare with; the lists of the portable method end in it anyway.
  const best = judged?.find((one) => one.tier !== 'popularity');
  const { tier, parts } = task.chosen ?? best ?? { tier: 'portable' as const, parts: [] };
  if (tier !== 'quality') return { judged, recommendations: [] };
  const { recommendations } = recommendForListeners(rows, {
    today,
    seed,
    count,
    perArtist,
    parts,
    only,
    genreOf: (track) => genres.get(track),
  });
  return { judged, recommendations };
}
