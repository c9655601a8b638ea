/** The pipeline's step `recommend`: which way to recommend is best here, and its lists. */
import type { Config } from './config.ts';
import type { StepOutcome } from './pipeline.ts';
import { type Judged, type PlatformResult, recommendInThread } from './recommend/index.ts';
import {
  type ChoiceRow,
  modelsPath,
  RecommendationStore,
  readModels,
  removeModels,
  writeModels,
} from './warehouse/index.ts';

/** The choice is made anew after this long: once a day, and a run an hour early counts. */
const choiceMs = 23 * 3_600_000;
/** More pairs of listener and track than this stay with the portable method: about 100 bytes of memory for each. */
const mostInteractions = 40_000_000;
const count = 100;
const perArtist = 3;

export interface RecommendStepOptions {
  readonly config: Pick<Config, 'warehouse'>;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** Everything is to be computed again. */
  readonly fullRefresh: boolean;
  readonly mostInteractions?: number;
  /** Fitted models are kept for the day where fitting them takes more multiplications than this. */
  readonly keepFrom?: number;
}

/**
 * Chooses once a day by held-out recent plays, and renews the lists of listeners with new plays. Writes
 * `gold.recommendations` (lists of the quality tier, where it was chosen) and `gold.recommendation_choice`.
 */
export async function recommendStep(options: RecommendStepOptions): Promise<StepOutcome> {
  const { config, clock, signal, fullRefresh } = options;
  const store = await RecommendationStore.open(config.warehouse.path);
  try {
    const interactions = await store.countInteractions();
    if (interactions === 0)
      return { status: 'skipped', message: 'Nobody has played anything yet.' };
    const limit = options.mostInteractions ?? mostInteractions;
    const before = fullRefresh ? undefined : await store.choice();
    const isNew = before === undefined || clock() - before.chosenAt >= choiceMs;
    if (interactions > limit) {
      const reason = `${interactions.toLocaleString('en')} pairs of listener and track are more than the ${limit.toLocaleString('en')} that the quality tier computes in memory.`;
      await store.write(undefined, { choice: [portable(reason)], now: clock() });
      return { status: 'success', message: `Portable SQL: ${reason}` };
    }
    const changed = fullRefresh ? undefined : await store.changedListeners();
    if (!isNew && (before.tier !== 'quality' || changed?.size === 0)) {
      return {
        status: 'skipped',
        message: 'No listener has new plays, and the choice is of today.',
      };
    }
    const models = modelsPath(config.warehouse.path);
    // With the models of today's choice only those who have new plays are read.
    const kept =
      isNew || changed === undefined
        ? undefined
        : readModels(models, { ...before, pairs: interactions });
    const taste = await store.taste(kept && { only: changed, tracks: kept.tracks });
    const names = changed === undefined ? undefined : [...taste.listeners.entries()];
    const numbers = names?.flatMap(([number, name]) => (changed?.has(name) ? [number] : []));
    const result = await recommendInThread(
      {
        taste,
        count,
        perArtist,
        before,
        isDue: isNew,
        changed: numbers === undefined ? undefined : new Set(numbers),
        kept: kept?.models,
        keepFrom: options.keepFrom,
      },
      signal,
    );
    const best = result.judged?.find((one) => one.tier !== 'popularity');
    const now = clock();
    if (result.models !== undefined) {
      const of = isNew ? { chosenAt: now, parts: best!.parts } : before;
      writeModels(models, {
        ...of,
        pairs: interactions,
        tracks: taste.tracks,
        models: result.models,
      });
    } else if (kept === undefined) removeModels(models);
    await store.write(result.lists, {
      only: result.isForAll ? undefined : new Set(numbers),
      ...(result.judged === undefined ? {} : { choice: choiceRows(result.judged) }),
      now,
    });
    const tier = isNew ? (best?.tier ?? 'portable') : before.tier;
    return {
      status: 'success',
      message: best === undefined ? `Lists by the ${tier} tier.` : reasonFor(result.judged!),
      counts: {
        listeners: new Set(result.lists?.listeners).size,
        recommendations: result.lists?.tracks.length ?? 0,
      },
    };
  } finally {
    store.close();
  }
}

const names: Record<Judged['tier'], string> = {
  portable: 'BM25 in SQL',
  popularity: 'Popularity',
  quality: 'Mixture of methods',
};

const portable = (reason: string): ChoiceRow => ({
  tier: 'portable',
  method: names.portable,
  parts: '[]',
  isChosen: true,
  reason,
});

/** One row for each way that was judged. Popularity is there to compare with, and never chosen. */
export function choiceRows(judged: PlatformResult['judged']): ChoiceRow[] {
  if (judged === undefined || judged.length === 0) {
    return [
      portable('Too few listeners have five tracks that they like: nothing could be held out.'),
    ];
  }
  const chosen = judged.find((one) => one.tier !== 'popularity')!;
  return judged.map((one) => ({
    tier: one.tier,
    method: one.tier === 'quality' ? describe(one.parts) : names[one.tier],
    parts: JSON.stringify(one.parts),
    isChosen: one === chosen,
    reason: one === chosen ? reasonFor(judged) : '',
    scores: one.scores,
  }));
}

/** One sentence: what was chosen and why. */
function reasonFor(judged: readonly Judged[]): string {
  const [first, second] = judged.filter((one) => one.tier !== 'popularity');
  const score = (one: Judged) => one.scores['ndcg@10'].toFixed(3);
  return `${names[first!.tier]} found more of the newest fifth of the tracks of ${first!.scores.users} listeners: NDCG@10 ${score(first!)} against ${score(second!)} (${names[second!.tier]}).`;
}

/** `0.6 × als + 0.4 × ease`; weights add up to 1. */
function describe(parts: Judged['parts']): string {
  const total = parts.reduce((sum, part) => sum + part.weight, 0);
  const shares = new Map<string, number>();
  for (const { method, weight } of parts) {
    shares.set(method.name, (shares.get(method.name) ?? 0) + weight / total);
  }
  if (shares.size === 1) return [...shares.keys()][0]!;
  return [...shares]
    .sort((a, b) => b[1] - a[1])
    .map(([name, share]) => `${share.toFixed(2)} × ${name}`)
    .join(' + ');
}
