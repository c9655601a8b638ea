import { AliasTable } from '../alias-table.ts';
import { fraction } from '../random.ts';

/** A track as a source of catalogues gives it. */
export interface CatalogueTrack {
  readonly id: string;
  readonly name: string;
  readonly artist: string;
  readonly album: string | undefined;
  readonly genre: string;
  readonly durationMs: number;
  /** Day of release, in days since 1970-01-01. */
  readonly releaseDay: number;
  /** Share of all listening that the track attracts, up to a common factor. */
  readonly weight: number;
}

/**
 * The tracks that listeners choose from. Tracks are numbered so that those of an artist
 * follow one another, the best known first.
 */
export class Catalogue {
  readonly tracks: readonly CatalogueTrack[];
  readonly artists: readonly string[];
  readonly genres: readonly string[];
  readonly durationMs: Int32Array;
  readonly releaseDay: Int32Array;
  readonly trackArtist: Int32Array;
  /** Draws a genre by the weight of its artists. */
  readonly genrePopularity: AliasTable;
  readonly #firstTrack: Int32Array;
  readonly #artistsOfGenre: readonly Int32Array[];
  readonly #artistPopularity: readonly AliasTable[];

  /** @param source most popular first. */
  constructor(source: Iterable<CatalogueTrack>) {
    const byArtist = new Map<string, CatalogueTrack[]>();
    for (const track of source) {
      const known = byArtist.get(track.artist);
      if (known === undefined) byArtist.set(track.artist, [track]);
      else known.push(track);
    }
    const tracks: CatalogueTrack[] = [];
    const genres = new Map<string, { artists: number[]; weights: number[] }>();
    const firstTrack: number[] = [];
    for (const ofArtist of byArtist.values()) {
      ofArtist.sort((one, other) => other.weight - one.weight);
      const genre = ofArtist[0]!.genre;
      const group = genres.get(genre) ?? { artists: [], weights: [] };
      genres.set(genre, group);
      group.artists.push(firstTrack.length);
      group.weights.push(ofArtist.reduce((sum, track) => sum + track.weight, 0));
      firstTrack.push(tracks.length);
      for (const track of ofArtist) tracks.push(track);
    }
    this.tracks = tracks;
    this.artists = [...byArtist.keys()];
    this.genres = [...genres.keys()];
    this.durationMs = new Int32Array(tracks.length);
    this.releaseDay = new Int32Array(tracks.length);
    for (const [place, track] of tracks.entries()) {
      this.durationMs[place] = track.durationMs;
      this.releaseDay[place] = track.releaseDay;
    }
    this.#firstTrack = Int32Array.from([...firstTrack, tracks.length]);
    this.trackArtist = new Int32Array(tracks.length);
    for (let artist = 0; artist < firstTrack.length; artist += 1) {
      this.trackArtist.fill(artist, this.#firstTrack[artist], this.#firstTrack[artist + 1]);
    }
    const groups = [...genres.values()];
    this.#artistsOfGenre = groups.map((group) => Int32Array.from(group.artists));
    this.#artistPopularity = groups.map((group) => new AliasTable(group.weights));
    this.genrePopularity = new AliasTable(
      groups.map((group) => group.weights.reduce((sum, weight) => sum + weight, 0)),
    );
  }

  /** An artist of a genre, by popularity; `bits` are 32 random bits. */
  artistOfGenre(genre: number, bits: number): number {
    return this.#artistsOfGenre[genre]![this.#artistPopularity[genre]!.draw(bits)]!;
  }

  /** A track of an artist, the better known ones more often; `bits` are 32 random bits. */
  trackOfArtist(artist: number, bits: number): number {
    const first = this.#firstTrack[artist]!;
    const count = this.#firstTrack[artist + 1]! - first;
    const chosen = fraction(bits);
    return first + Math.floor(count * chosen * Math.sqrt(chosen));
  }

  /** The track of the same artist that follows, the first one after the last. */
  nextOfArtist(track: number): number {
    const artist = this.trackArtist[track]!;
    const next = track + 1;
    return next < this.#firstTrack[artist + 1]! ? next : this.#firstTrack[artist]!;
  }
}
