/**
 * What a player shows every half minute, made into listens: when one began, how much of it was heard,
 * and whether it was skipped. Only what follows for certain is called a skip.
 */
import type { devices } from '../../../contracts/index.ts';
import type { EndedPlayback, HeardTrack, Playback } from './account-state.ts';
import { isSameTrack } from './heard-track.ts';

/** A look at the player. `track` is absent for an episode or an advert. */
export interface Sighting {
  readonly track?: HeardTrack;
  readonly progressMs: number;
  readonly playing: boolean;
  readonly device: (typeof devices)[number];
  readonly private: boolean;
  readonly shuffle?: boolean;
}

export interface Followed {
  readonly playback?: Playback;
  readonly ended?: EndedPlayback;
  /** A new playback began, the one in `playback`. */
  readonly started: boolean;
}

/** Crossfade takes up to 12 s of a track's end: what ends that near to it was heard to the end. */
const endSlackMs = 15_000;
/** Clocks and answers are this far apart at most. */
const jitterMs = 3_000;
/** A pause that is longer ends the listen. */
const longestPauseMs = 30 * 60_000;

/**
 * Takes one look at the player into account.
 * @param seen undefined when nothing plays.
 * @param longestBlindMs looks further apart than this say nothing about what happened between them.
 */
export function follow(
  open: Playback | undefined,
  seen: Sighting | undefined,
  now: number,
  longestBlindMs: number,
): Followed {
  if (open === undefined) return begin(seen, now, 0);
  const blind = now - open.lastSeenAt > longestBlindMs;
  if (seen === undefined) return { ended: stopped(open, now, blind), started: false };
  if (seen.track !== undefined && isSameTrack(seen.track, open.track)) {
    return followSame(open, seen, now, blind);
  }
  const ended = replaced(open, seen, now, blind);
  return { ...begin(seen, now, ended.endedAt), ended };
}

function begin(seen: Sighting | undefined, now: number, notBefore: number): Followed {
  if (seen?.track === undefined || !seen.playing) return { started: false };
  const { track, progressMs, device, shuffle } = seen;
  return {
    playback: {
      track,
      startedAt: Math.max(now - progressMs, notBefore),
      lastSeenAt: now,
      progressMs,
      playing: true,
      heardMs: Math.min(progressMs, now - Math.max(now - progressMs, notBefore)),
      device,
      private: seen.private,
      shuffle,
    },
    started: true,
  };
}

function followSame(open: Playback, seen: Sighting, now: number, blind: boolean): Followed {
  const elapsed = now - open.lastSeenAt;
  const length = open.track.durationMs ?? Number.POSITIVE_INFINITY;
  const moved = seen.progressMs - open.progressMs;
  const reachedEnd = open.playing && open.progressMs + elapsed >= length - jitterMs;
  const beganSince = now - seen.progressMs > open.lastSeenAt - jitterMs;
  if (moved < -jitterMs && beganSince && (reachedEnd || blind)) {
    const ended = blind
      ? end(open, open.lastSeenAt, 0, 'unknown')
      : end(open, now - seen.progressMs, length - open.progressMs, 'completed');
    return { ...begin(seen, now, ended.endedAt), ended };
  }
  if (!seen.playing) {
    const pausedAt = open.pausedAt ?? now;
    if (now - pausedAt > longestPauseMs) {
      return { ended: end(open, open.lastSeenAt, 0, 'stopped'), started: false };
    }
    return {
      playback: { ...seenAgain(open, seen, now, moved, elapsed), pausedAt },
      started: false,
    };
  }
  const playback = seenAgain(open, seen, now, moved, elapsed);
  return { playback: { ...playback, pausedAt: undefined }, started: false };
}

function seenAgain(
  open: Playback,
  seen: Sighting,
  now: number,
  moved: number,
  elapsed: number,
): Playback {
  return {
    ...open,
    lastSeenAt: now,
    progressMs: seen.progressMs,
    playing: seen.playing,
    // Winding forward is not listening.
    heardMs: open.heardMs + Math.max(0, Math.min(moved, elapsed + jitterMs)),
    private: open.private || seen.private,
    device: open.device === 'unknown' ? seen.device : open.device,
  };
}

/** Something else plays: it says when at the latest this one ended. */
function replaced(open: Playback, seen: Sighting, now: number, blind: boolean): EndedPlayback {
  if (blind) return end(open, open.lastSeenAt, 0, 'unknown');
  const began = seen.playing ? now - seen.progressMs : now;
  const endedAt = Math.min(now, Math.max(open.lastSeenAt, began));
  const more = open.playing ? endedAt - open.lastSeenAt : 0;
  const left = (open.track.durationMs ?? 0) - open.progressMs;
  return left - more > endSlackMs
    ? end(open, endedAt, more, 'skipped')
    : end(open, endedAt, Math.min(more, Math.max(0, left)), 'completed');
}

/** Nothing plays any more: it came to its end, or was stopped, which is no skip. */
function stopped(open: Playback, now: number, blind: boolean): EndedPlayback {
  if (!open.playing) return end(open, open.lastSeenAt, 0, 'stopped');
  if (blind) return end(open, open.lastSeenAt, 0, 'unknown');
  const left = (open.track.durationMs ?? Number.POSITIVE_INFINITY) - open.progressMs;
  return now - open.lastSeenAt >= left - jitterMs
    ? end(open, open.lastSeenAt + Math.max(0, left), Math.max(0, left), 'completed')
    : end(open, open.lastSeenAt, 0, 'stopped');
}

function end(
  open: Playback,
  endedAt: number,
  moreMs: number,
  reason: EndedPlayback['reason'],
): EndedPlayback {
  const { track, startedAt, device, shuffle, claimedBy } = open;
  return {
    track,
    startedAt,
    device,
    private: open.private,
    shuffle,
    claimedBy,
    endedAt,
    heardMs: Math.round(open.heardMs + (Number.isFinite(moreMs) ? moreMs : 0)),
    skipped: reason === 'skipped',
    reason,
    told: false,
  };
}
