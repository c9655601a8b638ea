import { scrobbleTime, shortestStreamMs } from './listenbrainz.ts';
import { isRow, ownTrackId, type ReadRow, type Row, text } from './play.ts';

/** `{"#text": "name"}` and `{"name": "name"}` of the API, or the name itself. */
const nameOf = (value: unknown): string | undefined =>
  isRow(value) ? (text(value['#text']) ?? text(value.name)) : text(value);

/**
 * A scrobble of Last.fm: a track of `user.getRecentTracks` (https://www.last.fm/api/show/user.getRecentTracks)
 * or a line of a CSV with the columns `uts`, `artist`, `album`, `track`, or `artist`, `album`, `track`, `date`.
 */
export function readLastfmRow(row: Row): ReadRow {
  const attributes = isRow(row['@attr']) ? row['@attr'] : {};
  if (String(attributes.nowplaying) === 'true') return 'now_playing';
  const startedAt = scrobbleTime(secondsOf(row));
  const artist = nameOf(row.artist);
  const track = nameOf(row.name) ?? nameOf(row.track);
  if (startedAt === undefined) return 'unreadable';
  if (artist === undefined || track === undefined) return 'unknown_track';
  return {
    source: 'lastfm_export',
    trackId: ownTrackId(artist, track),
    track,
    artist,
    album: nameOf(row.album),
    startedAt,
    listenedMs: shortestStreamMs,
    skipped: false,
    device: 'unknown',
  };
}

function secondsOf(row: Row): number {
  const stamp = isRow(row.date) ? row.date.uts : row.uts;
  if (stamp !== undefined) return text(stamp) === undefined ? Number.NaN : Number(stamp);
  // `15 Jun 2007 22:30` or `15 Jun 2007, 22:30`, in UTC.
  const date = /^(\d{1,2} [A-Z][a-z]{2} \d{4}),? (\d{2}:\d{2})$/.exec(text(row.date) ?? '');
  return date === null ? Number.NaN : Date.parse(`${date[1]} ${date[2]} UTC`) / 1000;
}

/** The tracks of a page as the API answers it, of a list of them, or a track itself. */
export function lastfmTracks(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((part) => lastfmTracks(part));
  if (!isRow(value)) return [value];
  if (isRow(value.recenttracks)) return lastfmTracks(value.recenttracks);
  if (value.track !== undefined && Array.isArray(value.track)) return value.track;
  return [value];
}
