import { deviceOf } from './devices.ts';
import { flag, isWritableTime, milliseconds, type ReadRow, type Row, text } from './play.ts';

/** Ends of a play that only the listener's hand brings about. */
const buttons = new Set(['fwdbtn', 'backbtn', 'clickrow', 'clickside', 'playbtn']);
/** Ends that are a skip when they come early. */
const interruptions = new Set(['endplay', 'remote', 'unknown']);
const shortListenMs = 30_000;

/**
 * A row of extended history (`endsong_*.json`, `Streaming_History_Audio_*.json`): `ts` is the end
 * of the stream.
 */
export function readExtendedRow(row: Row): ReadRow {
  if (text(row.spotify_episode_uri) ?? text(row.episode_name)) return 'podcast';
  if (text(row.audiobook_uri) ?? text(row.audiobook_title) ?? text(row.audiobook_chapter_uri)) {
    return 'audiobook';
  }
  const trackId = text(row.spotify_track_uri);
  const track = text(row.master_metadata_track_name);
  const artist = text(row.master_metadata_album_artist_name);
  const end = endOf(row);
  const listenedMs = milliseconds(row.ms_played);
  if (listenedMs === undefined || !isWritableTime(end - listenedMs)) return 'unreadable';
  if (trackId === undefined || track === undefined || artist === undefined) return 'unknown_track';
  if (listenedMs === 0) return 'zero_length';
  const reasonEnd = text(row.reason_end);
  const offline = flag(row.offline);
  return {
    source: 'spotify_export',
    trackId,
    track,
    artist,
    album: text(row.master_metadata_album_album_name),
    startedAt: end - listenedMs,
    listenedMs,
    skipped: wasSkipped(row.skipped, reasonEnd ?? '', listenedMs),
    device: deviceOf(text(row.platform)),
    country: countryOf(row.conn_country),
    shuffle: flag(row.shuffle),
    offline,
    offlineAt: offline === true ? offlineSeconds(row.offline_timestamp) : undefined,
    private: flag(row.incognito_mode),
    reasonStart: text(row.reason_start),
    reasonEnd,
  };
}

/**
 * A row of a video file: a music video carries a track and counts as a listen; what carries
 * none was watched.
 */
export function readVideoRow(row: Row): ReadRow {
  const read = readExtendedRow(row);
  return read === 'unknown_track' ? 'video' : read;
}

const utcTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z| UTC)?$/;

/** End of the stream in ms since the epoch, NaN where the row tells none. */
export function endOf(row: Row): number {
  const { ts } = row;
  if (typeof ts !== 'string' || !utcTime.test(ts)) return Number.NaN;
  return Date.parse(ts.endsWith('Z') ? ts : `${ts.replace(/ UTC$/, '')}Z`);
}

/** Spotify's flag stood still at false from 2015 to 2022: a button says more than it does. */
function wasSkipped(skipped: unknown, reasonEnd: string, listenedMs: number): boolean {
  if (skipped === true || buttons.has(reasonEnd)) return true;
  return listenedMs < shortListenMs && interruptions.has(reasonEnd);
}

/** `ZZ` is Spotify's word for unknown. */
function countryOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value) && value !== 'ZZ'
    ? value
    : undefined;
}

const firstMilliseconds = 100_000_000_000;

/** `offline_timestamp` is in ms until 2022, in seconds since, 0 or null where there is none. */
export function offlineSeconds(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value > 0)) return undefined;
  return Math.floor(value >= firstMilliseconds ? value / 1000 : value);
}
