import { isRow, milliseconds, ownTrackId, type ReadRow, type Row, text } from './play.ts';

/**
 * A scrobble tells that somebody listened long enough, not how long. Without the track's length
 * it counts as the shortest stream, so that no listening time is made up.
 */
export const shortestStreamMs = 30_000;

/** Audioscrobbler began in 2002: earlier times are clocks that were not set. */
const firstScrobble = Date.UTC(2002, 0, 1);

/** The time of a scrobble (s since the epoch) in ms; undefined where it tells none. */
export function scrobbleTime(seconds: unknown): number | undefined {
  const time = Number(seconds) * 1000;
  return Number.isInteger(time) && time >= firstScrobble && time < Date.UTC(9999, 0, 1)
    ? time
    : undefined;
}

const spotifyTrack = /^(?:https:\/\/open\.spotify\.com\/track\/|spotify:track:)([0-9A-Za-z]{22})\b/;

/**
 * A row of a ListenBrainz export (`listens/YYYY/M.jsonl`, or an array of the same): `listened_at` is the
 * start in seconds. Fields: https://listenbrainz.readthedocs.io/en/latest/users/json.html
 */
export function readListenBrainzRow(row: Row): ReadRow {
  const metadata = isRow(row.track_metadata) ? row.track_metadata : {};
  const info = isRow(metadata.additional_info) ? metadata.additional_info : {};
  const startedAt = scrobbleTime(row.listened_at);
  const artist = text(metadata.artist_name);
  const track = text(metadata.track_name);
  if (row.playing_now === true) return 'now_playing';
  if (startedAt === undefined) return 'unreadable';
  if (artist === undefined || track === undefined) return 'unknown_track';
  const duration =
    milliseconds(Number(info.duration_ms)) ??
    milliseconds(Math.round(Number(info.duration) * 1000));
  const length = duration === 0 ? undefined : duration;
  const spotifyId = spotifyTrack.exec(text(info.spotify_id) ?? text(info.origin_url) ?? '')?.[1];
  return {
    source: 'listenbrainz_export',
    trackId: spotifyId === undefined ? ownTrackId(artist, track) : `spotify:track:${spotifyId}`,
    track,
    artist,
    album: text(metadata.release_name),
    startedAt,
    listenedMs: length ?? shortestStreamMs,
    trackDurationMs: length,
    skipped: false,
    device: 'unknown',
  };
}
