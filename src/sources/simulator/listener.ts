import type { Track } from './catalogue.ts';
import { Random, WeightedIndex } from './random.ts';

/** Countries with their share of listeners and offset from UTC in hours (no daylight saving). */
const countries: readonly [string, number, number][] = [
  ['US', 24, -6],
  ['BR', 9, -3],
  ['GB', 8, 0],
  ['DE', 8, 1],
  ['MX', 7, -6],
  ['FR', 6, 1],
  ['IN', 7, 5.5],
  ['SE', 4, 1],
  ['ES', 5, 1],
  ['IT', 4, 1],
  ['JP', 4, 9],
  ['AU', 4, 10],
  ['NG', 3, 1],
  ['KR', 3, 9],
  ['NL', 4, 1],
];

/** Share of listening by local hour: little at night, most from afternoon to evening. */
const hourWeights = [
  1.2, 0.7, 0.45, 0.35, 0.4, 0.8, 2.2, 4, 5, 5, 4.8, 4.9, 5.4, 5.4, 5.4, 5.7, 6.5, 7.2, 7.2, 6.8,
  6.2, 5.6, 4.4, 2.6,
];

const deviceWeights = [
  ['mobile', 55],
  ['desktop', 20],
  ['web', 7],
  ['speaker', 9],
  ['car', 5],
  ['tv', 3],
  ['console', 1],
] as const;

/** One simulated listener: who they are, and the habits that make their listening. */
export interface Listener {
  readonly index: number;
  readonly id: string;
  readonly country: string;
  readonly offsetMs: number;
  /** Sessions on a day on which they listen. */
  readonly sessionsPerDay: number;
  /** Share of days with any listening. */
  readonly activeDays: number;
  /** Median plays of a session. */
  readonly sessionPlays: number;
  /** Share of plays that are of something they know. */
  readonly repeat: number;
  /** How readily they skip: 1 is usual. */
  readonly skipping: number;
  readonly devices: readonly string[];
  /** Sessions that are private or offline. */
  readonly privateShare: number;
  readonly offlineShare: number;
  /** Hour weights shifted to the listener's habits. */
  readonly hours: WeightedIndex;
  /** Genres they take new tracks from. */
  readonly genres: readonly string[];
  /** Tracks they know, most loved first; grows as they discover. */
  readonly library: number[];
  readonly known: Set<number>;
  readonly liked: Set<number>;
}

/** Tracks by popularity, over all and by genre. */
export class Charts {
  readonly tracks: readonly Track[];
  readonly #overall: WeightedIndex;
  readonly #byGenre = new Map<string, { places: number[]; weights: WeightedIndex }>();
  readonly genres: readonly string[];

  constructor(tracks: readonly Track[]) {
    this.tracks = tracks;
    const weight = (place: number) => (place + 8) ** -0.9;
    this.#overall = new WeightedIndex(tracks.map((_, place) => weight(place)));
    const places = new Map<string, number[]>();
    tracks.forEach((track, place) => {
      const list = places.get(track.genre) ?? [];
      list.push(place);
      places.set(track.genre, list);
    });
    for (const [genre, list] of places) {
      this.#byGenre.set(genre, { places: list, weights: new WeightedIndex(list.map(weight)) });
    }
    this.genres = [...places.keys()];
  }

  /** A track to discover: mostly from the listener's genres, sometimes from everywhere. */
  draw(random: Random, genres: readonly string[]): number {
    const genre = random.chance(0.8) ? this.#byGenre.get(random.pick(genres)) : undefined;
    return genre === undefined
      ? this.#overall.draw(random)
      : genre.places[genre.weights.draw(random)]!;
  }
}

const countryWeights = new WeightedIndex(countries.map(([, share]) => share));
const deviceIndex = new WeightedIndex(deviceWeights.map(([, share]) => share));

/** Listener number `index` of a population: the same for the same seed, whatever its size. */
export function makeListener(index: number, seed: number, charts: Charts): Listener {
  const random = new Random(seed, 1000 + index);
  const [country, , offset] = countries[countryWeights.draw(random)]!;
  const heavy = random.chance(0.35);
  const shift = Math.round(random.normal() * 1.2);
  const genres = [
    random.pick(charts.genres),
    random.pick(charts.genres),
    random.pick(charts.genres),
  ];
  const library: number[] = [];
  const known = new Set<number>();
  const size = Math.round(random.logNormal(heavy ? 260 : 130, 0.5));
  for (let tries = 0; known.size < size && tries < size * 4; tries += 1) {
    const place = charts.draw(random, genres);
    if (known.has(place)) continue;
    known.add(place);
    library.push(place);
  }
  return {
    index,
    id: `user-${String(index + 1).padStart(6, '0')}`,
    country,
    offsetMs: offset * 3_600_000,
    sessionsPerDay: Math.min(6, 1 + random.exponential(heavy ? 1.9 : 0.7)),
    activeDays: heavy ? 0.75 + 0.24 * random.unit() : 0.25 + 0.6 * random.unit(),
    sessionPlays: heavy ? 9 + 5 * random.unit() : 4 + 4 * random.unit(),
    repeat: heavy ? 0.62 + 0.32 * random.unit() : 0.55 + 0.3 * random.unit(),
    skipping: Math.min(1.6, random.logNormal(1, 0.25)),
    devices: [
      deviceWeights[deviceIndex.draw(random)]![0],
      deviceWeights[deviceIndex.draw(random)]![0],
    ],
    privateShare: random.chance(0.1) ? 0.2 : 0.005,
    offlineShare: random.chance(0.15) ? 0.12 : 0.005,
    hours: new WeightedIndex(
      hourWeights.map((_, hour) => hourWeights[(hour - shift + 24) % 24]! ** (heavy ? 1 : 1.3)),
    ),
    genres,
    library,
    known,
    liked: new Set(),
  };
}
