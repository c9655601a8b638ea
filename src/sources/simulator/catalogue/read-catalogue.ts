import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { TonearmError } from '../../../errors.ts';
import type { CatalogueTrack } from './catalogue.ts';

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
type Row = Record<(typeof columns)[number], string>;

const dayMs = 86_400_000;
const longestTrackMs = 86_400_000;

/**
 * Reads a catalogue in the layout of TidyTuesday's `spotify_songs.csv` (one row for each track
 * and playlist), plain or gzipped. The first row of a track counts; rows without a name (`NA`)
 * are left out. Listening follows Zipf's law over the order of `track_popularity`.
 * @returns the tracks, most popular first.
 * @throws TonearmError TNA_SIMULATOR_CATALOGUE
 */
export async function readCatalogue(path: string): Promise<CatalogueTrack[]> {
  const rows = await parseRows(path, await readText(path));
  const tracks = new Map<string, Omit<CatalogueTrack, 'weight'> & { popularity: number }>();
  for (const [index, row] of rows.entries()) {
    if (isMissing(row.track_id) || isMissing(row.track_name) || isMissing(row.track_artist)) {
      continue;
    }
    if (tracks.has(row.track_id)) continue;
    // The heading is line 1.
    const at = { path, line: index + 2 };
    tracks.set(row.track_id, {
      id: row.track_id.startsWith('spotify:') ? row.track_id : `spotify:track:${row.track_id}`,
      name: row.track_name,
      artist: row.track_artist,
      album: isMissing(row.track_album_name) ? undefined : row.track_album_name,
      genre: isMissing(row.playlist_genre) ? 'unknown' : row.playlist_genre,
      durationMs: wholeNumber(row, 'duration_ms', 1, longestTrackMs, at),
      releaseDay: releaseDay(row.track_album_release_date, at),
      popularity: wholeNumber(row, 'track_popularity', 0, 100, at),
    });
  }
  if (tracks.size === 0) {
    throw invalid(`${path} holds no track.`, { path });
  }
  const popular = [...tracks.values()].sort((one, other) => other.popularity - one.popularity);
  return popular.map(({ popularity: _, ...track }, rank) => ({
    ...track,
    weight: (rank + 20) ** -0.8,
  }));
}

async function readText(path: string): Promise<Buffer> {
  try {
    const bytes = await readFile(path);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return isGzip ? gunzipSync(bytes) : bytes;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TonearmError(
      'TNA_SIMULATOR_CATALOGUE',
      `The catalogue ${path} cannot be read: ${reason}.`,
      { cause, context: { path }, remedy: 'Name a CSV file, plain or gzipped, that you can read.' },
    );
  }
}

async function parseRows(path: string, text: Buffer): Promise<Row[]> {
  // Loaded here because most simulations read no file.
  const { parse } = await import('csv-parse/sync');
  try {
    return parse(text, {
      bom: true,
      skip_empty_lines: true,
      columns: (heading: string[]) => {
        const missing = columns.find((column) => !heading.includes(column));
        if (missing !== undefined) {
          throw invalid(`${path} has no column ${missing}.`, { path, column: missing });
        }
        return heading;
      },
    }) as unknown as Row[];
  } catch (cause) {
    if (cause instanceof TonearmError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalid(`${path} is not a CSV file: ${reason}.`, { path }, cause);
  }
}

interface Place {
  readonly path: string;
  readonly line: number;
}

function wholeNumber(
  row: Row,
  column: 'duration_ms' | 'track_popularity',
  least: number,
  most: number,
  place: Place,
): number {
  const text = row[column];
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw invalid(
    `${place.path}, row ${place.line}: ${column} is "${text}", not a whole number from ${least} to ${most}.`,
    { ...place, column },
  );
}

/** Days since 1970; a year or a month alone stands for its first day. */
function releaseDay(text: string, place: Place): number {
  const [, year, month = '01', day = '01'] = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text) ?? [];
  const time = year === undefined ? Number.NaN : Date.parse(`${year}-${month}-${day}`);
  if (!Number.isNaN(time)) return time / dayMs;
  throw invalid(
    `${place.path}, row ${place.line}: track_album_release_date is "${text}", not a year, month or day.`,
    { ...place, column: 'track_album_release_date' },
  );
}

function isMissing(text: string): boolean {
  return text === '' || text === 'NA';
}

function invalid(message: string, context: Record<string, unknown>, cause?: unknown): TonearmError {
  return new TonearmError('TNA_SIMULATOR_CATALOGUE', message, {
    cause,
    context,
    remedy: `The file needs the columns ${columns.join(', ')}; docs/reference/simulator.md describes them.`,
  });
}
