import { catalogueHead, nameWords } from './catalogue-head.ts';
import { Random } from './random.ts';

/** A track that can be listened to. */
export interface Track {
  readonly id: string;
  readonly name: string;
  readonly artist: string;
  readonly album: string;
  readonly genre: string;
  /** Length in milliseconds. */
  readonly durationMs: number;
  /** Year of release. */
  readonly year: number;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function trackId(random: Random): string {
  let id = 'spotify:track:';
  for (let index = 0; index < 22; index += 1) id += alphabet[random.below(62)];
  return id;
}

/** Track lengths: about 3:30 in the middle, hardly ever under a minute or over ten. */
const trackLength = (random: Random): number =>
  Math.round(Math.min(600_000, Math.max(61_000, random.logNormal(208_000, 0.27))));

/**
 * The project's own catalogue, most popular first: a head of known songs, then names
 * made of words, by made-up artists with several tracks each.
 */
export function defaultCatalogue(count: number, seed: number): Track[] {
  const random = new Random(seed, 11);
  const tracks = headTracks(random);
  const genres = [...new Set(tracks.map((track) => track.genre))];
  while (tracks.length < count) {
    const artist = tailName(random);
    const genre = random.pick(genres);
    const albums = 1 + random.below(4);
    for (let album = 0; album < albums; album += 1) {
      const title = tailName(random);
      const year = 1960 + Math.floor(65 * Math.sqrt(random.unit()));
      const songs = 1 + random.below(9);
      for (let song = 0; song < songs; song += 1) {
        tracks.push({
          id: trackId(random),
          name: song === 0 ? title : tailName(random),
          artist,
          album: title,
          genre,
          durationMs: trackLength(random),
          year,
        });
      }
    }
  }
  return tracks.slice(0, count);
}

function headTracks(random: Random): Track[] {
  const lines = catalogueHead.trim().split('\n');
  const bySong: Track[][] = [];
  for (const line of lines) {
    const [artist, genre, year, songs] = line.split(' | ') as [string, string, string, string];
    for (const [place, name] of songs.split('; ').entries()) {
      bySong[place] ??= [];
      bySong[place].push({
        id: trackId(random),
        name,
        artist,
        album: place === 0 ? name : `Best of ${artist}`,
        genre,
        durationMs: trackLength(random),
        year: Number(year),
      });
    }
  }
  // First songs of all artists first, in a seeded order: popularity follows the place.
  return bySong.flatMap((group) => shuffled(group, random));
}

function shuffled<T>(values: T[], random: Random): T[] {
  for (let index = values.length - 1; index > 0; index -= 1) {
    const other = random.below(index + 1);
    [values[index], values[other]] = [values[other]!, values[index]!];
  }
  return values;
}

function tailName(random: Random): string {
  const { first, second } = nameWords;
  const name = `${random.pick(first)} ${random.pick(second)}`;
  if (random.chance(0.18)) return `The ${name}`;
  return random.chance(0.15) ? `${name} ${random.pick(second)}` : name;
}
