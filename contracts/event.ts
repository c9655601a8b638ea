import { z } from 'zod';

/** Where playback happened. `unknown` when the source does not say. */
export const devices = [
  'mobile',
  'desktop',
  'web',
  'speaker',
  'car',
  'tv',
  'console',
  'unknown',
] as const;

/** Which producer made the event. */
export const sources = [
  'simulator',
  'spotify_api',
  'spotify_export',
  'listenbrainz_export',
  'lastfm_export',
] as const;

/** RFC 3339 in UTC with at most milliseconds, for example `2025-11-18T14:03:07.120Z`. */
export const timestampPattern =
  '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,3})?Z$';

/** The pattern lets 30 February through; the calendar does not. */
const isRealInstant = (text: string): boolean => {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text.slice(0, 10);
};

export const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

const uuid = (description: string) =>
  z.string().regex(new RegExp(uuidPattern)).describe(description);
const text = (description: string) => z.string().min(1).describe(description);

/** Longest listen that is believed: one day, in milliseconds. */
export const maxDurationMs = 86_400_000;

export const durationMs = (description: string) =>
  z.int().min(0).max(maxDurationMs).describe(description);

/** Fields that every event of every topic carries. */
export const requiredFields = {
  event_id: uuid('Identity of the event: UUID v7 when live, v5 when imported.'),
  play_id: uuid('One playback: its start, its play, its skip and a like made during it share it.'),
  user_id: text('The listener; opaque, Spotify URIs pass through.'),
  track_id: text('The track; opaque, Spotify URIs pass through.'),
  track: text('Track name as the source gave it.'),
  artist: text('Artist name as the source gave it.'),
  timestamp: z
    .string()
    .regex(new RegExp(timestampPattern))
    .refine(isRealInstant, 'is not a day of the calendar')
    .describe('When playback began: RFC 3339, UTC, milliseconds.'),
  device: z.enum(devices).describe('Kind of device.'),
  source: z.enum(sources).describe('Which producer made the event.'),
};

/** Fields that an event may carry; absent means the source does not know. */
export const optionalFields = {
  album: text('Album name as the source gave it.').optional(),
  track_duration: durationMs('Length of the track in milliseconds.').optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .describe('ISO 3166-1 alpha-2 country of the connection.')
    .optional(),
  shuffle: z.boolean().describe('Shuffle was on.').optional(),
  offline: z.boolean().describe('Played without a connection; the event came later.').optional(),
  private: z
    .boolean()
    .describe('Private session: never part of anything shared between users.')
    .optional(),
  reason_start: text('Why playback began, in the words of the source.').optional(),
  reason_end: text('Why playback ended, in the words of the source.').optional(),
  session_id: text('Listening session as the source counts it.').optional(),
  genre: text('Genre of the track as the source gave it.').optional(),
};
