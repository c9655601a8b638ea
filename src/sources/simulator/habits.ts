import type { Random } from './random.ts';

/** Longest pause inside a session, ms; half an hour and more begins another one. */
export const longestPauseMs = 29 * 60_000;
/** Least time between two sessions, ms. */
export const betweenSessionsMs = 31 * 60_000;
const mostSessionTracks = 300;
/** Sessions of somebody who wants one track only. */
const singleTrackShare = 0.06;

/**
 * Probability that a track is skipped by its place in the session, first place first; the last
 * figure holds for all further ones. Spotify's published sessions (MSSD): .38 rising to .54.
 */
const skipByPlace = [0.377, 0.476, 0.505, 0.53, 0.532, 0.54, 0.54, 0.54, 0.535, 0.53];

export const startReasons = ['clickrow', 'playbtn', 'appload', 'trackdone', 'fwdbtn', 'backbtn'];
export const endReasons = ['trackdone', 'fwdbtn', 'backbtn', 'endplay'];
export const trackDone = 0;
const forward = 1;
const back = 2;
const endPlay = 3;
/** Why the next track begins, by the reason why the one before ended. */
const startAfterEnd = [3, 4, 5, 0];

export function tracksInSession(median: number, spread: number, random: Random): number {
  if (random.chance(singleTrackShare)) return 1;
  return Math.min(mostSessionTracks, Math.max(1, Math.round(random.logNormal(median, spread))));
}

export function isSkipped(place: number, tendency: number, random: Random): boolean {
  const usual = skipByPlace[Math.min(place, skipByPlace.length - 1)]!;
  return random.fraction() < usual + tendency;
}

/** How long a skipped track was listened to, in ms: half are gone within half a minute. */
export function listenedBeforeSkip(trackMs: number, random: Random): number {
  const brief = random.chance(0.52);
  const time = brief
    ? Math.min(29_999, random.logNormal(6000, 1.1))
    : 30_000 + (trackMs - 30_000) * random.fraction();
  return Math.max(0, Math.min(Math.floor(time), trackMs - 1));
}

/** Pause before the next track in ms: mostly none, sometimes minutes. */
export function pause(random: Random): number {
  const kind = random.fraction();
  if (kind < 0.72) return 0;
  if (kind < 0.93) return Math.floor(Math.min(longestPauseMs, random.logNormal(22_000, 0.7)));
  return Math.floor(Math.min(longestPauseMs, random.logNormal(300_000, 1)));
}

export function firstStartReason(random: Random): number {
  return random.below(3);
}

/** Index into `endReasons` of a skip; `last` is true for the last track of a session. */
export function skipReason(last: boolean, random: Random): number {
  if (last) return endPlay;
  const kind = random.fraction();
  return kind < 0.85 ? forward : kind < 0.91 ? back : endPlay;
}

export function startReasonAfter(endReason: number): number {
  return startAfterEnd[endReason]!;
}

/** How long after a session without connection the device is online again, in ms. */
export function timeToReconnect(random: Random): number {
  return Math.floor(Math.min(12 * 86_400_000, 60_000 + random.logNormal(3 * 3_600_000, 1.4)));
}

/** Probability that a track heard is liked, and that a liked one is disliked again. */
export const likeShare = 0.03;
export const unlikeShare = 0.01;

/** Devices with their share of sessions, and whether they are used on the move. */
export const deviceShares = [
  { device: 'mobile', share: 55 },
  { device: 'desktop', share: 18 },
  { device: 'web', share: 7 },
  { device: 'speaker', share: 9 },
  { device: 'car', share: 6 },
  { device: 'tv', share: 3 },
  { device: 'console', share: 2 },
] as const;
export const mobileDevice = 0;
