import type { Interaction } from './interactions.ts';

/** What the platform knows of a listener and a track: a row of gold.listener_tracks. */
export interface ListenerTrack {
  readonly user: string;
  readonly track: string;
  readonly artist: string;
  readonly plays: number;
  /** Plays of at least 30 s. */
  readonly streams: number;
  readonly skips: number;
  /** True liked, false the like was withdrawn, undefined never said. */
  readonly liked?: boolean;
  /** Epoch day of the latest play (days since 1970-01-01 UTC). */
  readonly lastPlayedDay: number;
  /** Epoch day of the first play, where known. */
  readonly firstPlayedDay?: number;
}

/** After this many days without a play a weight has lost half of what age can take. */
const halfLifeDays = 180;
/** What even old plays keep. */
const kept = 0.4;
const likeFactor = 1.5;
/** A track whose plays are skipped this often, twice or more, counts as disliked. */
const dislikedSkipShare = 0.75;

/** True where skips or a withdrawn like say that the listener does not want the track. */
export function isDisliked(row: ListenerTrack): boolean {
  if (row.liked === true) return false;
  const skipped = row.skips >= 2 && row.skips / Math.max(1, row.plays) >= dislikedSkipShare;
  return row.liked === false || skipped;
}

/**
 * How much a listener's plays say for a track: streams with falling returns, more for a like, less
 * for skips and with time. 0 for what is disliked: it stays "seen" and has no influence.
 */
export function preferenceWeight(row: ListenerTrack, today: number): number {
  if (isDisliked(row)) return 0;
  const evidence = Math.max(row.streams, row.liked === true ? 1 : 0);
  if (evidence === 0) return 0;
  const skipShare = Math.min(1, row.skips / Math.max(1, row.plays));
  const age = Math.max(0, today - row.lastPlayedDay);
  const recency = kept + (1 - kept) * 0.5 ** (age / halfLifeDays);
  return (
    Math.log1p(evidence) * (row.liked === true ? likeFactor : 1) * (1 - skipShare / 2) * recency
  );
}

/** The rows as interactions; the days are counted from `today`, an epoch day. */
export function toPreferences(rows: readonly ListenerTrack[], today: number): Interaction[] {
  return rows.map((row) => ({
    user: row.user,
    item: row.track,
    weight: preferenceWeight(row, today),
  }));
}
