/** The list of the fifty newest plays: what of it is new, and whether it reaches back far enough. */
import type { EndedPlayback, Gap, HeardTrack, Playback, RecentItem } from './account-state.ts';
import { isSameTrack } from './heard-track.ts';

/** `played_at` of one listen may differ by this much from one answer to the next. */
const sameListenMs = 90_000;

/** The items of a list that are not known yet, oldest first, each listen once. */
export function newItems(
  known: readonly RecentItem[],
  listed: readonly RecentItem[],
): RecentItem[] {
  const fresh: RecentItem[] = [];
  for (const item of listed.toSorted((a, b) => a.playedAt - b.playedAt)) {
    const isKnown = (other: RecentItem) =>
      isSameTrack(other.track, item.track) &&
      Math.abs(other.playedAt - item.playedAt) <= toleranceMs(item.track);
    if (!known.some(isKnown) && !fresh.some(isKnown)) fresh.push(item);
  }
  return fresh;
}

/** A short track on repeat is listed again before 90 s are over: nine tenths of its length, then. */
const toleranceMs = (track: HeardTrack): number =>
  Math.min(sameListenMs, 0.9 * (track.durationMs ?? sameListenMs));

/**
 * The gap before a list that does not reach back to what is known.
 * @param isFull there may have been more than the list holds.
 */
export function gapBefore(
  known: readonly RecentItem[],
  listed: readonly RecentItem[],
  isFull: boolean,
  now: number,
): Gap | undefined {
  if (known.length === 0 || listed.length === 0 || !isFull) return undefined;
  const newest = Math.max(...known.map(({ playedAt }) => playedAt));
  const oldest = Math.min(...listed.map(({ playedAt }) => playedAt));
  if (oldest <= newest + sameListenMs) return undefined;
  return { from: newest, to: oldest, foundAt: now };
}

/**
 * The listen that was followed and that an item tells of. `played_at` is its start or its end:
 * the end is tried first, since the next listen of a track on repeat starts there.
 */
export function listenOf<Listen extends EndedPlayback | Playback>(
  item: RecentItem,
  listens: readonly Listen[],
): Listen | undefined {
  const candidates = listens.filter(
    (listen) => listen.claimedBy === undefined && isSameTrack(listen.track, item.track),
  );
  const length = item.track.durationMs ?? 0;
  const ends = (listen: Listen) => [
    ...('endedAt' in listen ? [listen.endedAt] : []),
    listen.startedAt + length,
  ];
  const near = (time: number) => Math.abs(time - item.playedAt) <= sameListenMs;
  const nearest = (found: Listen[], time: (listen: Listen) => number) =>
    found.toSorted(
      (a, b) => Math.abs(time(a) - item.playedAt) - Math.abs(time(b) - item.playedAt),
    )[0];
  const byEnd = candidates.filter((listen) => ends(listen).some(near));
  if (byEnd.length > 0) return nearest(byEnd, (listen) => ends(listen)[0]!);
  const byStart = candidates.filter((listen) => near(listen.startedAt));
  return nearest(byStart, (listen) => listen.startedAt);
}

/** Distances between items that differ by less than this are a track's length. */
const lengthSlackMs = 5_000;

/**
 * When an item that nobody followed began. Where the distance to the item before it is its own
 * length, `played_at` is an end; otherwise it is taken as it stands.
 * @param listed the list, oldest first.
 */
export function beginningOf(item: RecentItem, listed: readonly RecentItem[]): number {
  const length = item.track.durationMs;
  const index = listed.indexOf(item);
  const before = listed[index - 1];
  const after = listed[index + 1];
  if (length === undefined) return item.playedAt;
  const isLength = (distance: number | undefined) =>
    distance !== undefined && Math.abs(distance - length) <= lengthSlackMs;
  if (isLength(after && after.playedAt - item.playedAt)) return item.playedAt;
  return isLength(before && item.playedAt - before.playedAt)
    ? item.playedAt - length
    : item.playedAt;
}
