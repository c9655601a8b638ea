import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { TonearmError } from '../../errors.ts';
import type { Track } from './catalogue.ts';

const columns = [
  'track_id',
  'track_name',
  'track_artist',
  'track_popularity',
  'track_album_name',
  'track_album_release_date',
  'playlist_genre',
  'duration_ms',
] as const;

/**
 * Reads a catalogue in the layout of TidyTuesday's `spotify_songs.csv` (also gzipped), most
 * popular first. A track that stands in several playlists is taken once; rows without a name are left out.
 * @throws TonearmError TNA_SIMULATOR_CATALOGUE
 */
export async function readCatalogue(path: string): Promise<Track[]> {
  const fail = (what: string, cause?: unknown) =>
    new TonearmError('TNA_SIMULATOR_CATALOGUE', `${path}: ${what}.`, {
      cause,
      remedy: `It must be a CSV file with the columns ${columns.join(', ')}.`,
    });
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  } catch (error) {
    throw fail('the file cannot be read', error);
  }
  let rows: Record<string, string>[];
  try {
    rows = parse(bytes, { columns: true, bom: true, skip_empty_lines: true });
  } catch (error) {
    throw fail(`it is not CSV (${(error as Error).message})`, error);
  }
  const missing = columns.filter((column) => !(column in (rows[0] ?? {})));
  if (missing.length > 0) throw fail(`the column ${missing[0]} is missing`);
  const tracks = new Map<string, Track & { popularity: number }>();
  for (const row of rows) {
    const id = row.track_id!;
    const durationMs = Math.round(Number(row.duration_ms));
    if (tracks.has(id) || row.track_name === 'NA' || row.track_artist === 'NA') continue;
    if (!(durationMs >= 1000)) continue;
    tracks.set(id, {
      id: `spotify:track:${id}`,
      name: row.track_name!,
      artist: row.track_artist!,
      album: row.track_album_name!,
      genre: row.playlist_genre!,
      durationMs,
      year: Number(row.track_album_release_date!.slice(0, 4)),
      popularity: Number(row.track_popularity),
    });
  }
  if (tracks.size === 0) throw fail('it holds no track');
  return [...tracks.values()]
    .sort((a, b) => b.popularity - a.popularity || (a.id < b.id ? -1 : 1))
    .map(({ popularity: _, ...track }) => track);
}
