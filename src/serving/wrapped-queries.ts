import { dayNumber, dayText } from './calendar-days.ts';
import type { Days } from './item-counts.ts';
import { compareBytes, countBy, hourOf, instantOf, type Play } from './listener-history.ts';
import { playsIn } from './listener-trends.ts';
import type { Marts } from './marts.ts';

/** Rules of a Wrapped, Spotify's own: at least so many plays of 30 s and more, of so many artists. */
export const wrappedRules = { streams: 30, artists: 5 } as const;

export interface WrappedPeriod {
  readonly year: number;
  /** 1 to 12; null for the whole year. */
  readonly month: number | null;
  readonly streams: number;
  readonly is_ready: boolean;
}

/** Whether plays are enough for a Wrapped. */
function isReady(plays: readonly Play[]): boolean {
  const streams = plays.filter(({ isStream }) => isStream);
  const artists = new Set(streams.map(({ artistKey }) => artistKey));
  return streams.length >= wrappedRules.streams && artists.size >= wrappedRules.artists;
}

/** Years and months with plays that were not private, newest first, a year before its months. */
export async function wrappedPeriods(marts: Marts, user: string): Promise<WrappedPeriod[]> {
  const periods = new Map<string, Play[]>();
  let [day, month] = [Number.NaN, ''];
  for (const play of await marts.history(user)) {
    if (play.isPrivate) continue;
    if (play.day !== day) [day, month] = [play.day, dayText(play.day).slice(0, 7)];
    for (const period of [month.slice(0, 4), month]) {
      const held = periods.get(period);
      if (held === undefined) periods.set(period, [play]);
      else held.push(play);
    }
  }
  return [...periods]
    .map(([period, plays]) => ({
      year: Number(period.slice(0, 4)),
      month: period.length === 4 ? null : Number(period.slice(5)),
      streams: plays.filter(({ isStream }) => isStream).length,
      is_ready: isReady(plays),
    }))
    .sort((one, other) => other.year - one.year || (other.month ?? 13) - (one.month ?? 13));
}

export interface WrappedTop {
  readonly kind: 'artist' | 'track' | 'album' | 'genre';
  readonly rank: number;
  readonly name: string;
  readonly artist: string | null;
  readonly streams: number;
  readonly ms_played: number;
}

export interface WrappedTotals {
  readonly is_ready: boolean;
  readonly plays: number;
  readonly streams: number;
  readonly skips: number;
  readonly ms_played: number;
  readonly tracks: number;
  readonly artists: number;
  readonly days: number;
  readonly first_track: string;
  readonly first_artist: string;
  readonly first_played_at: string;
}

export interface Wrapped {
  readonly totals: WrappedTotals;
  readonly tops: WrappedTop[];
  readonly days: { day: string; ms_played: number }[];
  readonly hours: { hour: number; ms_played: number }[];
  readonly new_artists: number;
  /** The new artist with the most streams. */
  readonly found: { artist: string; streams: number } | null;
}

/**
 * A listener's year or month to share: private listening is left out of every figure.
 * Favourites and the rules go by plays of 30 s and more, as gold.wrapped does for years.
 * @returns undefined when nothing was played then.
 */
export async function wrapped(
  marts: Marts,
  user: string,
  from: string,
  to: string,
): Promise<Wrapped | undefined> {
  const history = await marts.history(user);
  const days = { from: dayNumber(from), to: dayNumber(to) };
  const plays = playsIn(history, days).filter(({ isPrivate }) => !isPrivate);
  const [first] = plays;
  if (first === undefined) return undefined;
  const streams = plays.filter(({ isStream }) => isStream);
  const heard = newlyHeard(history, plays, days);
  return {
    totals: {
      is_ready: isReady(plays),
      plays: plays.length,
      streams: streams.length,
      skips: plays.filter(({ skipped }) => skipped).length,
      ms_played: plays.reduce((sum, { msPlayed }) => sum + msPlayed, 0),
      tracks: new Set(streams.map(({ trackId }) => trackId)).size,
      artists: new Set(streams.map(({ artistKey }) => artistKey)).size,
      days: new Set(plays.map(({ day }) => day)).size,
      first_track: first.track,
      first_artist: first.artist,
      first_played_at: instantOf(first),
    },
    tops: kinds.flatMap((kind) => topsOf(streams, kind)),
    days: [...countBy(plays, ({ day }) => String(day)).values()].map(({ key, ms }) => ({
      day: dayText(Number(key)),
      ms_played: ms,
    })),
    hours: [...countBy(plays, (play) => String(hourOf(play))).values()]
      .map(({ key, ms }) => ({ hour: Number(key), ms_played: ms }))
      .sort((one, other) => one.hour - other.hour),
    new_artists: heard.length,
    found: heard[0] ?? null,
  };
}

/** Artists first ever played within the days, and not in private, the most streamed first. */
function newlyHeard(
  history: readonly Play[],
  plays: readonly Play[],
  days: Days,
): { artist: string; streams: number }[] {
  const firsts = countBy(history, ({ artistKey }) => artistKey);
  return [...countBy(plays, ({ artistKey }) => artistKey).values()]
    .filter(({ key }) => {
      const { day, isPrivate } = firsts.get(key)!.first;
      return day >= days.from && day <= days.to && !isPrivate;
    })
    .map(({ last: { artist }, streams }) => ({ artist, streams }))
    .sort((one, other) => other.streams - one.streams || compareBytes(one.artist, other.artist));
}

interface Kind {
  readonly kind: WrappedTop['kind'];
  readonly keyOf: (play: Play) => string | null;
  readonly shown: (last: Play) => Pick<WrappedTop, 'name' | 'artist'>;
}

const kinds: readonly Kind[] = [
  {
    kind: 'album',
    keyOf: ({ albumKey }) => albumKey,
    shown: ({ album, artist }) => ({ name: album!, artist }),
  },
  {
    kind: 'artist',
    keyOf: ({ artistKey }) => artistKey,
    shown: ({ artist }) => ({ name: artist, artist }),
  },
  {
    kind: 'genre',
    keyOf: ({ genre }) => genre,
    shown: ({ genre }) => ({ name: genre!, artist: null }),
  },
  {
    kind: 'track',
    keyOf: ({ trackId }) => trackId,
    shown: ({ track, artist }) => ({ name: track, artist }),
  },
];

/** Five of a kind, by streams. */
const topsOf = (streams: readonly Play[], { kind, keyOf, shown }: Kind): WrappedTop[] =>
  [...countBy(streams, keyOf).values()]
    .sort(
      (one, other) =>
        other.streams - one.streams || other.ms - one.ms || compareBytes(one.key, other.key),
    )
    .slice(0, 5)
    .map(({ last, streams: count, ms }, place) => ({
      kind,
      rank: place + 1,
      ...shown(last),
      streams: count,
      ms_played: ms,
    }));
