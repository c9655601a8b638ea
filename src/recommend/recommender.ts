import type { ItemModel } from './item-model.ts';

/** A fitted method: a score for every item, for one user of the data it was fitted on. */
export interface Recommender {
  /** Fills `into` (one number an item, higher is better, not comparable between users). */
  score(user: number, into: Float64Array): void;
  /** What it scores others by: from the items that they play. */
  readonly items: ItemModel;
}

/** The best unseen items of users: `count` places a user, best first; unused places hold item −1. */
export interface RankedItems {
  readonly count: number;
  readonly items: Int32Array;
  readonly scores: Float32Array;
}
