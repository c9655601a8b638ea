import type { Marts } from './marts.ts';
import { RecentEntries } from './recent-entries.ts';

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

const columns: Record<keyof Play, string> = {
  timestamp: 'epoch_us(timestamp)',
  day: "day - date '1970-01-01'",
  trackId: 'track_id',
  track: 'track',
  artistKey: 'artist_key',
  artist: 'artist',
  album: 'album',
  albumKey: "artist_key || ' / ' || lower(trim(album))",
  genre: 'genre',
  device: 'device',
  msPlayed: 'ms_played',
  skipped: 'skipped',
  isStream: 'is_stream',
  isPrivate: 'is_private',
};
const names = Object.keys(columns) as (keyof Play)[];

/** As one text: a value at a time takes the Node binding longer than DuckDB takes to read the rows. */
const columnsAsText = `select to_json([${names.map((name) => `to_json(list(${columns[name]}))`).join(', ')}])::varchar as columns`;

/** All plays of a listener, private ones included, as JSON: a list for each column. */
export async function readHistory(marts: Marts, user: string): Promise<string> {
  const [row] = await marts.query<{ columns: string }>(
    `${columnsAsText} from ${marts.rowsOf('listener_plays', user)} where user_id = $user`,
    { user },
  );
  return row!.columns;
}

/** What was read of a listener, by time; plays of one moment by the bytes of their track's id. */
export function playsOf(history: string): readonly Play[] {
  const read = JSON.parse(history) as (unknown[] | null)[];
  const length = read[0]?.length ?? 0;
  const plays: Play[] = [];
  for (let place = 0; place < length; place += 1) {
    const play: Record<string, unknown> = {};
    for (const [column, name] of names.entries()) play[name] = read[column]![place];
    plays.push(play as unknown as Play);
  }
  return plays.sort(
    (one, other) => one.timestamp - other.timestamp || compareBytes(one.trackId, other.trackId),
  );
}

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

/** Characters that the server keeps, of all listeners together: of some 150,000 plays. */
const mostCharacters = 32 * 1024 * 1024;

/**
 * Histories of one version that were read last: a page asks several questions about one listener at once. They are kept
 * as they were read: to make plays of the text is quick, and millions of small objects that stay for a while make each
 * collection of garbage a pause.
 */
export const recentHistories = (most: number = mostCharacters): RecentEntries<string> =>
  new RecentEntries(most, (user, { length }) => user.length + length);
