import type { devices } from '../../../contracts/index.ts';
import { maxDurationMs } from '../../../contracts/index.ts';
import type { HeardTrack } from './account-state.ts';
import { type TrackObject, trackObject } from './answers.ts';

/** A track of the API in our words; undefined where it has no name or no artist (some local files). */
export function heardTrackOf(track: TrackObject): HeardTrack | undefined {
  const artist = track.artists?.find(({ name }) => present(name))?.name;
  if (!present(track.name) || !present(artist) || !present(track.uri)) return undefined;
  const album = track.album?.name;
  const duration = track.duration_ms;
  return {
    // Another recording may stand in for the track in this country: the one that was asked for counts.
    uri: track.linked_from?.uri ?? track.uri,
    name: track.name,
    artist,
    ...(present(album) ? { album } : {}),
    ...(Number.isInteger(duration) && duration! > 0 && duration! <= maxDurationMs
      ? { durationMs: duration! }
      : {}),
  };
}

/** The track that a player shows; undefined for episodes, adverts and what nobody knows. */
export function playedTrackOf(item: unknown): HeardTrack | undefined {
  const parsed = trackObject.safeParse(item);
  if (!parsed.success || (parsed.data.type ?? 'track') !== 'track') return undefined;
  return heardTrackOf(parsed.data);
}

/** The same track: the same URI, or the same name by the same artist (other releases of it). */
export const isSameTrack = (a: HeardTrack, b: HeardTrack): boolean =>
  a.uri === b.uri || (fold(a.name) === fold(b.name) && fold(a.artist) === fold(b.artist));

const fold = (text: string) => text.trim().toLowerCase();
const present = (text: string | null | undefined): text is string =>
  typeof text === 'string' && text.trim() !== '';

const kinds: Record<string, (typeof devices)[number]> = {
  computer: 'desktop',
  smartphone: 'mobile',
  tablet: 'mobile',
  speaker: 'speaker',
  avr: 'speaker',
  castaudio: 'speaker',
  audiodongle: 'speaker',
  stb: 'tv',
  tv: 'tv',
  castvideo: 'tv',
  automobile: 'car',
  gameconsole: 'console',
};

/** Spotify's kinds of devices in the words of the contracts. */
export const deviceOf = (type: string | null | undefined): (typeof devices)[number] =>
  kinds[(type ?? '').toLowerCase()] ?? 'unknown';
