import { createHash } from 'node:crypto';
import type { devices } from '../../../contracts/index.ts';
import { maxDurationMs } from '../../../contracts/index.ts';

/** Why a row of an export was left out. */
export const leftOutReasons = [
  'podcast',
  'audiobook',
  'video',
  'zero_length',
  'unknown_track',
  'duplicate',
  'unreadable',
] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

/** One listen, as an export tells it, in our words. Times are ms since the epoch. */
export interface ExportedPlay {
  readonly trackId: string;
  readonly track: string;
  readonly artist: string;
  readonly album?: string;
  readonly startedAt: number;
  readonly listenedMs: number;
  readonly skipped: boolean;
  readonly device: (typeof devices)[number];
  readonly country?: string;
  readonly shuffle?: boolean;
  readonly offline?: boolean;
  readonly private?: boolean;
  readonly reasonStart?: string;
  readonly reasonEnd?: string;
}

export type ReadRow = ExportedPlay | LeftOutReason;

type Row = Record<string, unknown>;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

const flag = (value: unknown): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined;

function listened(value: unknown): number | undefined {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= maxDurationMs
    ? Number(value)
    : undefined;
}

/** Account data names no ids: an id of our own, the same for the same artist and track. */
export function ownTrackId(artist: string, track: string): string {
  const hash = createHash('sha1').update(`${artist}\u0000${track}`).digest('hex');
  return `tonearm:track:${hash.slice(0, 22)}`;
}

/** Account data ends a listen before 30 s only when the listener did: Spotify's own line for a stream. */
const shortListenMs = 30_000;

/**
 * A row of account data (`StreamingHistory*.json`): `endTime` is the end of the play, UTC, to
 * the minute. It does not say whether the listener skipped: under 30 s counts as skipped.
 */
export function readAccountRow(row: Row): ReadRow {
  if (text(row.podcastName) ?? text(row.episodeName)) return 'podcast';
  const end = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(String(row.endTime))
    ? Date.parse(`${String(row.endTime).replace(' ', 'T')}:00Z`)
    : Number.NaN;
  const listenedMs = listened(row.msPlayed);
  const artist = text(row.artistName);
  const track = text(row.trackName);
  if (Number.isNaN(end) || listenedMs === undefined) return 'unreadable';
  if (artist === undefined || track === undefined) return 'unreadable';
  if (track === 'Unknown Track' || artist === 'Unknown Artist') return 'unknown_track';
  if (listenedMs === 0) return 'zero_length';
  return {
    trackId: ownTrackId(artist, track),
    track,
    artist,
    startedAt: end - listenedMs,
    listenedMs,
    skipped: listenedMs < shortListenMs,
    device: 'unknown',
  };
}

const skipReasons = new Set(['fwdbtn', 'backbtn', 'clickrow', 'clickside', 'playbtn']);

/**
 * A row of extended history: `ts` is the end of the play. `skipped` is null in old rows; there
 * the reason for the end tells: a button or another choice is a skip, the end of the track is none.
 */
export function readExtendedRow(row: Row): ReadRow {
  if (text(row.spotify_episode_uri) ?? text(row.episode_name)) return 'podcast';
  if (text(row.audiobook_uri) ?? text(row.audiobook_title)) return 'audiobook';
  const trackId = text(row.spotify_track_uri);
  const track = text(row.master_metadata_track_name);
  const artist = text(row.master_metadata_album_artist_name);
  const end = Date.parse(String(row.ts));
  const listenedMs = listened(row.ms_played);
  if (Number.isNaN(end) || listenedMs === undefined) return 'unreadable';
  if (trackId === undefined || track === undefined || artist === undefined) return 'unknown_track';
  if (listenedMs === 0) return 'zero_length';
  const reasonEnd = text(row.reason_end);
  const country = text(row.conn_country);
  return {
    trackId,
    track,
    artist,
    album: text(row.master_metadata_album_album_name),
    startedAt: end - listenedMs,
    listenedMs,
    skipped: flag(row.skipped) ?? skipReasons.has(reasonEnd ?? ''),
    device: deviceOf(text(row.platform)),
    country:
      country !== undefined && /^[A-Z]{2}$/.test(country) && country !== 'ZZ' ? country : undefined,
    shuffle: flag(row.shuffle),
    offline: flag(row.offline),
    private: flag(row.incognito_mode),
    reasonStart: text(row.reason_start),
    reasonEnd,
  };
}

/** Parts of platform strings, in the order in which they decide. */
const platforms: readonly [RegExp, (typeof devices)[number]][] = [
  [/playstation|\bps[345]\b|xbox|nintendo/i, 'console'],
  [/\btv\b|tizen|webos|roku|fire ?tv|apple ?tv|android_tv|bravia/i, 'tv'],
  [/\bcar\b|automotive|carplay|android auto|tesla/i, 'car'],
  [/cast|sonos|speaker|alexa|echo|homepod|libspotify|librespot|bose|denon|onkyo/i, 'speaker'],
  [/android|ios|iphone|ipad|windows phone/i, 'mobile'],
  [/web ?player|websocket|browser|chrome|firefox/i, 'web'],
  [/windows|os ?x|mac|linux|desktop/i, 'desktop'],
];

/** Kind of device from a platform string such as `Android OS 11 API 30 (samsung)` or `web_player windows 10`. */
export function deviceOf(platform: string | undefined): (typeof devices)[number] {
  if (platform === undefined) return 'unknown';
  const spaced = platform.replaceAll('_', ' ');
  return platforms.find(([pattern]) => pattern.test(spaced))?.[1] ?? 'unknown';
}
