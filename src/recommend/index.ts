/**
 * Recommendations: who plays what becomes lists of what to play next. Methods are fitted on a
 * sparse matrix of users × items (`interactions.ts`); `choose` finds the best mixture of them by
 * what it finds again of held-out items; `recommend` fits that on everything.
 */
export { type Choice, choose, recommend, type Trial } from './choose.ts';
export type { KeptModels, PlatformResult, PlatformTask } from './daily-choice.ts';
export { scoreAgainst, type TestScores, toTable, usersWithout } from './evaluation.ts';
export { recommendInThread } from './in-thread.ts';
export { type Interactions, toInteractions } from './interactions.ts';
export type { ItemModel } from './item-model.ts';
export {
  type ListenerLists,
  type ListenerOptions,
  type ListenerRecommendation,
  recommendForListeners,
} from './listener-recommendations.ts';
export type { Method, MethodName } from './methods.ts';
export { readInteractions, readTest } from './read-interactions.ts';
export { isDisliked, type ListenerTrack, preferenceWeight, toPreferences } from './signals.ts';
export type { Taste } from './taste.ts';
export type { Judged } from './validation.ts';
