import { AliasTable } from './alias-table.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import { countries } from './countries.ts';
import { rhythmCount } from './daily-rhythm.ts';
import { Random } from './random.ts';

export const genresPerListener = 6;
const countryShares = new AliasTable(countries.map((country) => country.share));

/**
 * A population of listeners: for each the traits that its listening follows, as one array a
 * trait. Listener n is the same for the same seed, however many there are.
 */
export class Listeners {
  readonly count: number;
  /** 32 random bits that the listener's tastes are derived from. */
  readonly seed: Uint32Array;
  /** Index into `countries`. */
  readonly country: Uint8Array;
  /** Which of the daily rhythms the listener follows. */
  readonly rhythm: Uint8Array;
  /** Mean number of sessions on a day. */
  readonly sessionsPerDay: Float32Array;
  /** Median number of tracks in a session, and the spread of its logarithm. */
  readonly sessionTracks: Float32Array;
  readonly sessionSpread: Float32Array;
  /** Added to the probability of a skip. */
  readonly skipTendency: Float32Array;
  /** Shares of tracks taken from the current rotation and from the library; the rest is explored. */
  readonly rotationShare: Float32Array;
  readonly libraryShare: Float32Array;
  /** Number of tracks in the library. */
  readonly librarySize: Int32Array;
  /** Number of favourite artists. */
  readonly favouriteArtists: Int32Array;
  /** `genresPerListener` genres for each listener, the favourite first. */
  readonly genres: Uint16Array;
  readonly privateShare: Float32Array;
  readonly offlineShare: Float32Array;
  readonly #keys: (string | undefined)[] = [];

  constructor(count: number, seed: number, catalogue: Catalogue) {
    this.count = count;
    this.seed = new Uint32Array(count);
    this.country = new Uint8Array(count);
    this.rhythm = new Uint8Array(count);
    this.sessionsPerDay = new Float32Array(count);
    this.sessionTracks = new Float32Array(count);
    this.sessionSpread = new Float32Array(count);
    this.skipTendency = new Float32Array(count);
    this.rotationShare = new Float32Array(count);
    this.libraryShare = new Float32Array(count);
    this.librarySize = new Int32Array(count);
    this.favouriteArtists = new Int32Array(count);
    this.genres = new Uint16Array(count * genresPerListener);
    this.privateShare = new Float32Array(count);
    this.offlineShare = new Float32Array(count);
    const random = new Random(seed, 'listeners');
    for (let listener = 0; listener < count; listener += 1) {
      this.#drawHabits(listener, random);
      this.#drawTaste(listener, random, catalogue);
    }
  }

  /** The listener's user id, which is also the key of its records. */
  userId(listener: number): string {
    let key = this.#keys[listener];
    if (key === undefined) {
      key = `user-${String(listener + 1).padStart(6, '0')}`;
      this.#keys[listener] = key;
    }
    return key;
  }

  /** Heavy listeners have more and longer sessions and hear the same tracks more often. */
  #drawHabits(listener: number, random: Random): void {
    const heaviness = random.normal();
    this.seed[listener] = random.bits();
    this.country[listener] = countryShares.draw(random.bits());
    this.rhythm[listener] = random.below(rhythmCount);
    this.sessionsPerDay[listener] = within(Math.exp(0.15 + 0.95 * heaviness), 0.12, 6);
    this.sessionTracks[listener] = within(7 * Math.exp(0.28 * heaviness), 3, 12);
    this.sessionSpread[listener] = within(0.98 + 0.16 * heaviness, 0.7, 1.25);
    this.skipTendency[listener] = within(0.09 * random.normal(), -0.2, 0.25);
    const exploring = within(0.24 * Math.exp(-0.4 * heaviness + 0.4 * random.normal()), 0.02, 0.45);
    this.rotationShare[listener] = (1 - exploring) * (0.22 + 0.22 * random.fraction());
    this.libraryShare[listener] = 1 - exploring - this.rotationShare[listener]!;
    this.librarySize[listener] = within(
      random.logNormal(1500 * Math.exp(0.25 * heaviness), 0.5),
      150,
      6000,
    );
    this.favouriteArtists[listener] = within(random.logNormal(600, 0.5), 80, 2500);
    this.privateShare[listener] = random.chance(0.1) ? 0.2 : 0.005;
    this.offlineShare[listener] = random.chance(0.15) ? 0.09 : 0.002;
  }

  #drawTaste(listener: number, random: Random, catalogue: Catalogue): void {
    const home = countries[this.country[listener]!]!.genres;
    for (let place = 0; place < genresPerListener; place += 1) {
      const local = catalogue.genres.indexOf(random.pick(home));
      const anywhere = catalogue.genrePopularity.draw(random.bits());
      const genre = random.chance(0.4) && local >= 0 ? local : anywhere;
      this.genres[listener * genresPerListener + place] = genre;
    }
  }
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
