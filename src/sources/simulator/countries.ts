/** A country that listeners live in. Summer time is left out. */
export interface Country {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  /** Relative number of listeners. */
  readonly share: number;
  /** Hours ahead of UTC. */
  readonly utcOffset: number;
  /** Genres that are heard more there than elsewhere. */
  readonly genres: readonly string[];
}

export const countries: readonly Country[] = [
  { code: 'US', share: 24, utcOffset: -6, genres: ['hip hop', 'country', 'pop', 'r&b'] },
  { code: 'CA', share: 4, utcOffset: -5, genres: ['pop', 'indie', 'hip hop'] },
  { code: 'MX', share: 8, utcOffset: -6, genres: ['latin', 'reggaeton'] },
  { code: 'CO', share: 3, utcOffset: -5, genres: ['reggaeton', 'salsa', 'latin'] },
  { code: 'AR', share: 3, utcOffset: -3, genres: ['latin', 'rock'] },
  { code: 'BR', share: 9, utcOffset: -3, genres: ['bossa nova', 'latin', 'pop'] },
  { code: 'GB', share: 8, utcOffset: 0, genres: ['indie', 'pop', 'rock', 'electronic'] },
  { code: 'PT', share: 1, utcOffset: 0, genres: ['fado', 'pop'] },
  { code: 'IE', share: 1, utcOffset: 0, genres: ['folk', 'indie'] },
  { code: 'FR', share: 6, utcOffset: 1, genres: ['chanson', 'hip hop', 'electronic'] },
  { code: 'DE', share: 7, utcOffset: 1, genres: ['schlager', 'techno', 'hip hop'] },
  { code: 'NL', share: 3, utcOffset: 1, genres: ['house', 'pop'] },
  { code: 'SE', share: 3, utcOffset: 1, genres: ['pop', 'metal'] },
  { code: 'NO', share: 1, utcOffset: 1, genres: ['pop', 'metal'] },
  { code: 'ES', share: 5, utcOffset: 1, genres: ['flamenco', 'latin', 'reggaeton'] },
  { code: 'IT', share: 5, utcOffset: 1, genres: ['italian', 'pop', 'classical'] },
  { code: 'PL', share: 3, utcOffset: 1, genres: ['rock', 'hip hop', 'metal'] },
  { code: 'NG', share: 2, utcOffset: 1, genres: ['afrobeats', 'gospel'] },
  { code: 'ZA', share: 2, utcOffset: 2, genres: ['house', 'afrobeats'] },
  { code: 'FI', share: 1, utcOffset: 2, genres: ['metal', 'rock'] },
  { code: 'EG', share: 1, utcOffset: 2, genres: ['arabic', 'pop'] },
  { code: 'TR', share: 3, utcOffset: 3, genres: ['turkish', 'rock'] },
  { code: 'IN', share: 6, utcOffset: 5.5, genres: ['bollywood', 'qawwali'] },
  { code: 'ID', share: 3, utcOffset: 7, genres: ['pop', 'k-pop'] },
  { code: 'PH', share: 3, utcOffset: 8, genres: ['pop', 'r&b'] },
  { code: 'TW', share: 2, utcOffset: 8, genres: ['mandopop', 'k-pop'] },
  { code: 'JP', share: 4, utcOffset: 9, genres: ['j-pop', 'soundtrack', 'jazz'] },
  { code: 'KR', share: 3, utcOffset: 9, genres: ['k-pop', 'r&b'] },
  { code: 'AU', share: 4, utcOffset: 10, genres: ['indie', 'rock', 'pop'] },
  { code: 'NZ', share: 1, utcOffset: 12, genres: ['indie', 'reggae'] },
];
