import { type KeyedRows, nullable, textOrNull } from './keyed-rows.ts';

/** One play of a listener. */
export interface Play {
  /** Microseconds since 1970-01-01, UTC. */
  readonly timestamp: number;
  /** Days since 1970-01-01, UTC. */
  readonly day: number;
  readonly trackId: string;
  readonly track: string;
  readonly artistKey: string;
  readonly artist: string;
  readonly album: string | null;
  /** Tells albums of one name apart by their artist. */
  readonly albumKey: string | null;
  readonly genre: string | null;
  readonly device: string;
  readonly msPlayed: number;
  readonly skipped: boolean;
  /** At least 30 s. */
  readonly isStream: boolean;
  readonly isPrivate: boolean;
}

/** Plays of a listener. */
export const playRows: KeyedRows<Play> = {
  table: 'listener_plays',
  key: 'user_id',
  columns: [
    'epoch_us(timestamp)',
    "day - date '1970-01-01'",
    'track_id',
    'track',
    'artist_key',
    'artist',
    nullable('album'),
    nullable("artist_key || ' / ' || lower(trim(album))"),
    nullable('genre'),
    'device',
    'ms_played',
    'skipped',
    'is_stream',
    'is_private',
  ],
  rowOf: (texts) => ({
    timestamp: Number(texts[0]),
    day: Number(texts[1]),
    trackId: texts[2]!,
    track: texts[3]!,
    artistKey: texts[4]!,
    artist: texts[5]!,
    album: textOrNull(texts[6]!),
    albumKey: textOrNull(texts[7]!),
    genre: textOrNull(texts[8]!),
    device: texts[9]!,
    msPlayed: Number(texts[10]),
    skipped: texts[11] === 'true',
    isStream: texts[12] === 'true',
    isPrivate: texts[13] === 'true',
  }),
};

/** By time; plays of one moment by the bytes of their track's id. */
export const inOrder = (plays: Play[]): readonly Play[] =>
  plays.sort(
    (one, other) => one.timestamp - other.timestamp || compareBytes(one.trackId, other.trackId),
  );

/** Orders texts by their bytes in UTF-8, as DuckDB does; JavaScript orders by UTF-16. */
export function compareBytes(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let place = 0; place < length; place += 1) {
    const [left, right] = [one.charCodeAt(place), other.charCodeAt(place)];
    if (left !== right) return weightOf(left) - weightOf(right);
  }
  return one.length - other.length;
}

/** Halves of what lies above U+FFFF come after all else. */
function weightOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The beginning of a moment's millisecond, RFC 3339. */
export const instantOf = ({ timestamp }: Play): string =>
  new Date(Math.floor(timestamp / 1000)).toISOString();

/** UTC. */
export const hourOf = ({ timestamp }: Play): number => Math.floor(timestamp / 3.6e9) % 24;

/** What plays of one thing come to. */
export interface Counted {
  readonly key: string;
  /** Of them, the first and the last. */
  readonly first: Play;
  readonly last: Play;
  readonly plays: number;
  readonly streams: number;
  readonly skips: number;
  readonly ms: number;
}

type Growing = { -readonly [Name in keyof Counted]: Counted[Name] };

/** Counts plays by a key, in the order in which the keys come up; plays without one are left out. */
export function countBy(
  plays: Iterable<Play>,
  keyOf: (play: Play) => string | null,
): Map<string, Counted> {
  const counts = new Map<string, Growing>();
  for (const play of plays) {
    const key = keyOf(play);
    if (key === null) continue;
    let counted = counts.get(key);
    if (counted === undefined) {
      counted = { key, first: play, last: play, plays: 0, streams: 0, skips: 0, ms: 0 };
      counts.set(key, counted);
    }
    counted.last = play;
    counted.plays += 1;
    counted.streams += Number(play.isStream);
    counted.skips += Number(play.skipped);
    counted.ms += play.msPlayed;
  }
  return counts;
}
