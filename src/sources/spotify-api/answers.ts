/**
 * The parts of Spotify's answers that are read here, after the OpenAPI description of the Web API.
 * Everything may be absent or null that the description does not promise, and some that it does.
 */
import { z } from 'zod';

const named = z.object({ name: z.string().nullish() });

export const trackObject = z.object({
  uri: z.string().nullish(),
  id: z.string().nullish(),
  name: z.string().nullish(),
  type: z.string().nullish(),
  duration_ms: z.number().nullish(),
  artists: z.array(named).nullish(),
  album: named.nullish(),
  /** The track that was asked for, where another stands in for it in this country. */
  linked_from: z.object({ uri: z.string().nullish() }).nullish(),
});
export type TrackObject = z.infer<typeof trackObject>;

/** `GET /me/player/recently-played`: newest first, at most 50. */
export const recentlyPlayed = z.object({
  items: z.array(z.object({ track: trackObject.nullish(), played_at: z.iso.datetime() })),
  limit: z.number().nullish(),
  next: z.string().nullish(),
  cursors: z.object({ after: z.string().nullish(), before: z.string().nullish() }).nullish(),
});
export type RecentlyPlayed = z.infer<typeof recentlyPlayed>;

/** `GET /me/player`: what plays now. 204 when nothing does. */
export const playerState = z.object({
  device: z
    .object({ type: z.string().nullish(), is_private_session: z.boolean().nullish() })
    .nullish(),
  shuffle_state: z.boolean().nullish(),
  progress_ms: z.number().nullish(),
  is_playing: z.boolean(),
  currently_playing_type: z.string().nullish(),
  item: z.unknown(),
});
export type PlayerState = z.infer<typeof playerState>;

/** `GET /me/tracks`: newest like first. */
export const savedTracks = z.object({
  total: z.number().int().min(0),
  offset: z.number().nullish(),
  items: z.array(z.object({ added_at: z.iso.datetime(), track: trackObject.nullish() })),
  next: z.string().nullish(),
});
export type SavedTracks = z.infer<typeof savedTracks>;

/** `GET /me`. Country and e-mail are no longer given. */
export const profile = z.object({ id: z.string().min(1), display_name: z.string().nullish() });

/** The token endpoint's answer; a new refresh token comes with most refreshes of a PKCE client. */
export const tokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).optional(),
  scope: z.string().optional(),
});
