import { z } from 'zod';
import { devices } from '../../../contracts/index.ts';

/** A track as it goes into events. */
export const heardTrack = z.object({
  uri: z.string(),
  name: z.string(),
  artist: z.string(),
  album: z.string().optional(),
  durationMs: z.number().optional(),
});
export type HeardTrack = z.infer<typeof heardTrack>;

const playbackFields = {
  track: heardTrack,
  /** Ms since the epoch, as for every time here. */
  startedAt: z.number(),
  device: z.enum(devices),
  private: z.boolean(),
  shuffle: z.boolean().optional(),
  /** `played_at` of the item in the list of recent plays that tells of the same listen. */
  claimedBy: z.number().optional(),
};

/** What plays, as far as it was seen. */
export const playback = z.object({
  ...playbackFields,
  lastSeenAt: z.number(),
  progressMs: z.number(),
  playing: z.boolean(),
  pausedAt: z.number().optional(),
  heardMs: z.number(),
});
export type Playback = z.infer<typeof playback>;

/** A listen that is over. */
export const endedPlayback = z.object({
  ...playbackFields,
  endedAt: z.number(),
  heardMs: z.number(),
  skipped: z.boolean(),
  reason: z.enum(['completed', 'skipped', 'stopped', 'unknown']),
  /** Its play is in the log. Where the end was not seen, the list of recent plays has to confirm it. */
  told: z.boolean(),
});
export type EndedPlayback = z.infer<typeof endedPlayback>;

/** A stretch in which plays were lost: the window of fifty did not reach back to what was known. */
export const gap = z.object({ from: z.number(), to: z.number(), foundAt: z.number() });
export type Gap = z.infer<typeof gap>;

export const recentItem = z.object({ track: heardTrack, playedAt: z.number() });
export type RecentItem = z.infer<typeof recentItem>;

export const like = z.object({ track: heardTrack, addedAt: z.number() });
export type Like = z.infer<typeof like>;

export const outgoingEvent = z.object({
  topic: z.enum(['starts', 'plays', 'skips', 'likes']),
  value: z.string(),
});
export type OutgoingEvent = z.infer<typeof outgoingEvent>;

/** What is known of an account between two polls. */
export const accountState = z.object({
  version: z.literal(1),
  user: z.string(),
  /** When each part is due. */
  due: z.object({ player: z.number(), recent: z.number(), likes: z.number() }),
  /** Failures in a row. */
  failures: z.number().int(),
  problem: z.string().optional(),
  polledAt: z.number().optional(),
  playback: playback.optional(),
  ended: z.array(endedPlayback),
  /** Items of the list of recent plays that are known, oldest first. */
  recent: z.array(recentItem),
  gaps: z.array(gap),
  /** Events that may not have reached the log yet: sent again after a crash, under the same ids. */
  outbox: z.array(outgoingEvent),
});
export type AccountState = z.infer<typeof accountState>;

export const newState = (user: string): AccountState => ({
  version: 1,
  user,
  due: { player: 0, recent: 0, likes: 0 },
  failures: 0,
  ended: [],
  recent: [],
  gaps: [],
  outbox: [],
});
