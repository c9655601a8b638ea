import type { Catalogue } from './catalogue/catalogue.ts';
import { genresPerListener, type Listeners } from './listeners.ts';
import { fraction, mix32, type Random } from './random.ts';

const dayMs = 86_400_000;
/** Tracks in the rotation: what a listener hears over and over for some weeks. */
const rotationSize = 40;
const rotationDays = 24;
/** How many first places of a list are heard about equally often. */
const rotationFlat = 20;
const libraryFlat = 120;
const artistFlat = 10;
const repeatTrackShare = 0.03;
const sameArtistShare = 0.09;
/** Share of what a listener likes that is of no favourite genre. */
const otherGenreShare = 0.12;
/** How often a track that is not out yet is replaced before it is taken all the same. */
const releaseAttempts = 24;

const rotationSalt = 0x51ed270b;
const librarySalt = 0x2545f491;
const artistSalt = 0x68e31da4;

/**
 * Which track a listener hears next. Rotation, library and favourite artists are not stored:
 * place n of a list is derived from the listener's seed and n, and lists are read by Zipf's law.
 */
export class Taste {
  readonly #listeners: Listeners;
  readonly #catalogue: Catalogue;

  constructor(listeners: Listeners, catalogue: Catalogue) {
    this.#listeners = listeners;
    this.#catalogue = catalogue;
  }

  /**
   * @param previous the track before in the same session, -1 for none.
   * @param at when it begins, ms.
   */
  next(listener: number, previous: number, at: number, random: Random): number {
    const day = Math.floor(at / dayMs);
    if (previous >= 0) {
      const kind = random.fraction();
      if (kind < repeatTrackShare) return previous;
      if (kind < repeatTrackShare + sameArtistShare) {
        const following = this.#catalogue.nextOfArtist(previous);
        if (this.#catalogue.releaseDay[following]! <= day) return following;
      }
    }
    const source = random.fraction();
    const { rotationShare, libraryShare, librarySize, seed } = this.#listeners;
    const rotation = rotationShare[listener]!;
    if (source < rotation) {
      const place = zipf(random.fraction(), rotationSize, rotationFlat);
      // Each place is renewed on a day of its own.
      const renewal = Math.floor((day + place * 7) / rotationDays);
      return this.#derived(
        listener,
        mix32(seed[listener]! ^ rotationSalt ^ mix32(place * 8191 + renewal)),
        day,
      );
    }
    if (source < rotation + libraryShare[listener]!) {
      const place = zipf(random.fraction(), librarySize[listener]!, libraryFlat);
      return this.#derived(listener, mix32(seed[listener]! ^ librarySalt ^ mix32(place)), day);
    }
    return this.#explored(listener, day, random);
  }

  /** The track that 32 bits stand for, by one of the listener's favourite artists. */
  #derived(listener: number, bits: number, day: number): number {
    let state = bits;
    let track = 0;
    for (let attempt = 0; attempt < releaseAttempts; attempt += 1) {
      state = mix32(state + 1);
      const artist = this.#favouriteArtist(listener, state);
      state = mix32(state + 1);
      track = this.#catalogue.trackOfArtist(artist, state);
      if (this.#catalogue.releaseDay[track]! <= day) break;
    }
    return track;
  }

  #explored(listener: number, day: number, random: Random): number {
    let track = 0;
    for (let attempt = 0; attempt < releaseAttempts; attempt += 1) {
      const artist = random.chance(0.45)
        ? this.#favouriteArtist(listener, random.bits())
        : this.#catalogue.artistOfGenre(this.#genre(listener, random.bits()), random.bits());
      track = this.#catalogue.trackOfArtist(artist, random.bits());
      if (this.#catalogue.releaseDay[track]! <= day) break;
    }
    return track;
  }

  #favouriteArtist(listener: number, bits: number): number {
    const place = zipf(fraction(bits), this.#listeners.favouriteArtists[listener]!, artistFlat);
    const chosen = mix32(this.#listeners.seed[listener]! ^ artistSalt ^ mix32(place));
    const genre = this.#genre(listener, chosen);
    return this.#catalogue.artistOfGenre(genre, mix32(chosen + 1));
  }

  /** A favourite genre, the first ones more often, or now and then any genre. */
  #genre(listener: number, bits: number): number {
    const chosen = fraction(bits) / (1 - otherGenreShare);
    if (chosen >= 1) return this.#catalogue.genrePopularity.draw(mix32(bits));
    const place = Math.floor(genresPerListener * chosen * chosen);
    return this.#listeners.genres[listener * genresPerListener + place]!;
  }
}

/** A place in [0, count) by Zipf's law with exponent 1, flattened over the first `flat` places. */
function zipf(chosen: number, count: number, flat: number): number {
  return Math.floor(flat * ((count + flat) / flat) ** chosen - flat);
}
