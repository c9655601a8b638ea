import { isWritableTime, milliseconds, ownTrackId, type ReadRow, type Row, text } from './play.ts';

/** Account data ends a listen before 30 s only when the listener did: Spotify's own line for a stream. */
const shortListenMs = 30_000;

/**
 * A row of account data (`StreamingHistory*.json`): `endTime` is the end of the play, UTC, to
 * the minute. It does not say whether the listener skipped: under 30 s counts as skipped.
 */
export function readAccountRow(row: Row): ReadRow {
  if (text(row.podcastName) ?? text(row.episodeName)) return 'podcast';
  if (text(row.audiobookName) ?? text(row.chapterName)) return 'audiobook';
  const end = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(String(row.endTime))
    ? Date.parse(`${String(row.endTime).replace(' ', 'T')}:00Z`)
    : Number.NaN;
  const listenedMs = milliseconds(row.msPlayed);
  const artist = text(row.artistName);
  const track = text(row.trackName);
  if (listenedMs === undefined || !isWritableTime(end - listenedMs)) return 'unreadable';
  if (artist === undefined || track === undefined) return 'unreadable';
  if (track === 'Unknown Track' || artist === 'Unknown Artist') return 'unknown_track';
  if (listenedMs === 0) return 'zero_length';
  return {
    source: 'spotify_export',
    trackId: ownTrackId(artist, track),
    track,
    artist,
    startedAt: end - listenedMs,
    listenedMs,
    skipped: listenedMs < shortListenMs,
    device: 'unknown',
  };
}
