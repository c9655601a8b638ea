import { Random } from '../random.ts';
import type { CatalogueTrack } from './catalogue.ts';
import { artistName, title } from './made-up-names.ts';
import { madeUpTrackId } from './track-id.ts';
import { type WellKnownArtist, wellKnownArtists } from './well-known-songs.ts';

const dayMs = 86_400_000;
/** Everything made up was released before this year, so that the simulator's first day has it all. */
const unreleasedYear = 2025;

/** Zipf's law, flattened at the top: the few best known artists share the first places. */
const artistWeight = (rank: number): number => (rank + 6) ** -0.85;
const trackWeight = (rank: number): number => (rank + 1) ** -0.6;

/**
 * The project's own catalogue: well-known artists and songs, and made-up ones after them.
 * It is the same for every seed, so that a track keeps its id from one simulation to the next.
 * @param size number of tracks; a smaller catalogue is the beginning of a larger one.
 */
export function defaultCatalogue(size: number): CatalogueTrack[] {
  const random = new Random(0, 'catalogue');
  const known = shuffled(wellKnownArtists(), random);
  const tracks: CatalogueTrack[] = [];
  let rank = 0;
  for (const artist of known) {
    if (tracks.length >= size) break;
    tracks.push(...wellKnownTracks(artist, artistWeight(rank), random));
    rank += 1;
  }
  const taken = new Set(known.map((artist) => artist.name));
  const genres = known.map((artist) => artist.genre);
  while (tracks.length < size) {
    const name = artistName(random, taken);
    tracks.push(...madeUpTracks(name, random.pick(genres), artistWeight(rank), random));
    rank += 1;
  }
  return tracks.slice(0, size);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}

/** The lengths of the real recordings are not known here: they are drawn. */
function* wellKnownTracks(artist: WellKnownArtist, weight: number, random: Random) {
  for (const [rank, song] of shuffled(artist.songs, random).entries()) {
    yield {
      id: madeUpTrackId(random),
      name: song.name,
      artist: artist.name,
      album: song.album,
      genre: artist.genre,
      durationMs: trackLength(random),
      releaseDay: dayInYear(song.year, random),
      weight: weight * trackWeight(rank),
    };
  }
}

function* madeUpTracks(artist: string, genre: string, weight: number, random: Random) {
  const albums = 1 + random.below(4);
  const firstYear = unreleasedYear - Math.floor(40 * random.fraction() ** 2) - albums;
  let rank = 0;
  for (let album = 0; album < albums; album += 1) {
    const name = title(random);
    const releaseDay = dayInYear(firstYear + album, random);
    const count = random.chance(0.3) ? 1 : 4 + random.below(9);
    for (let number = 0; number < count; number += 1) {
      yield {
        id: madeUpTrackId(random),
        name: count === 1 ? name : title(random),
        artist,
        album: name,
        genre,
        durationMs: trackLength(random),
        releaseDay,
        weight: weight * trackWeight(rank),
      };
      rank += 1;
    }
  }
}

/** Milliseconds; median three and a half minutes, between one and twelve. */
function trackLength(random: Random): number {
  return Math.round(Math.min(720_000, Math.max(60_000, random.logNormal(212_000, 0.27))));
}

function dayInYear(year: number, random: Random): number {
  return Date.UTC(year, 0, 1) / dayMs + random.below(365);
}
