import { type Choice, choose, recommend } from './choose.ts';
import { scoreAgainst, type TestScores } from './evaluation.ts';
import { type Interaction, toInteractions } from './interactions.ts';
import { fitMethod, type Method } from './methods.ts';
import { type ListenerTrack, toPreferences } from './signals.ts';
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
  readonly scores: TestScores;
}

const heldShare = 0.2;
/** Listeners with fewer tracks that they like keep them all. */
const fewestTracks = 5;
const places = 20;

/**
 * Judges the ways to recommend by what listeners went on to: of each, the fifth of the tracks that they
 * came to last is held out, everything is fitted on the rest. The quality tier chooses its methods inside
 * that rest, so it never sees what it is judged by.
 * @param today epoch day that ages are counted from.
 * @returns best first; empty where too little is known to hold anything out.
 */
export function validateOnRecent(
  rows: readonly ListenerTrack[],
  options: { today: number; seed: number; budget?: number },
): Judged[] {
  const { train, heldOut } = holdOutRecent(rows, options.today);
  if (heldOut.length === 0) return [];
  const data = toInteractions(toPreferences(train, options.today));
  const test = toInteractions(heldOut);
  const { seed } = options;
  const single = (tier: Judged['tier'], method: Method): Judged => {
    const ranked = rankUnseen(fitMethod(data.matrix, method, seed), data.matrix, places);
    return { tier, parts: [{ method, weight: 1 }], scores: scoreAgainst(ranked, data, test) };
  };
  const { parts } = choose(data.matrix, options);
  const ranked = recommend(data.matrix, parts, { seed, count: places });
  const judged: Judged[] = [
    { tier: 'quality', parts, scores: scoreAgainst(ranked, data, test) },
    single('portable', portableMethod),
    single('popularity', { name: 'popularity' }),
  ];
  return judged.sort((a, b) => b.scores['ndcg@10'] - a.scores['ndcg@10']);
}

/** The latest fifth of every listener's tracks, by the day of their first play. */
export function holdOutRecent(
  rows: readonly ListenerTrack[],
  today: number,
): { train: ListenerTrack[]; heldOut: Interaction[] } {
  const heldOut: Interaction[] = [];
  const train: ListenerTrack[] = [];
  for (const [user, own] of Map.groupBy(rows, (row) => row.user)) {
    const weights = new Map(toPreferences(own, today).map((one) => [one.item, one.weight]));
    const liked = own.filter((row) => weights.get(row.track)! > 0);
    const wanted =
      liked.length < fewestTracks ? 0 : Math.max(1, Math.round(liked.length * heldShare));
    const recent = new Set(
      liked
        .sort(
          (a, b) =>
            (b.firstPlayedDay ?? b.lastPlayedDay) - (a.firstPlayedDay ?? a.lastPlayedDay) ||
            (a.track < b.track ? -1 : 1),
        )
        .slice(0, wanted)
        .map((row) => row.track),
    );
    for (const row of own) {
      if (recent.has(row.track)) heldOut.push({ user, item: row.track, weight: 1 });
      else train.push(row);
    }
  }
  return { train, heldOut };
}
