import { dayText, startOf } from './calendar-days.ts';
import type { RaceRow } from './discovery-queries.ts';
import { daysOf } from './everyone-tops.ts';
import type { Days } from './item-counts.ts';
import {
  type Counted,
  compareBytes,
  countBy,
  hourOf,
  instantOf,
  type Play,
} from './listener-history.ts';
import {
  type ClockCell,
  type DayRange,
  leastPlays,
  type TopItem,
  type TopKind,
  type TopOrder,
} from './trend-queries.ts';

export const playsIn = (history: readonly Play[], { from, to }: Days): Play[] =>
  history.filter(({ day }) => day >= from && day <= to);

/** What tells the things of a kind apart, and how they are shown as they were told last. */
const kinds: Record<
  TopKind,
  {
    keyOf: (play: Play) => string | null;
    shown: (counted: Counted) => Pick<TopItem, 'id' | 'track' | 'album' | 'artist'>;
  }
> = {
  tracks: {
    keyOf: ({ trackId }) => trackId,
    shown: ({ key, last: { track, artist } }) => ({ id: key, track, artist }),
  },
  artists: {
    keyOf: ({ artistKey }) => artistKey,
    shown: ({ last: { artist } }) => ({ id: artist, artist }),
  },
  albums: {
    keyOf: ({ albumKey }) => albumKey,
    shown: ({ key, last: { album, artist } }) => ({ id: key, album: album!, artist }),
  },
  genres: { keyOf: ({ genre }) => genre, shown: ({ key }) => ({ id: key }) },
};

type Shown = Omit<TopItem, 'rank'> & { readonly skips: number };
type Column = 'streams' | 'plays' | 'ms_played' | 'skips' | 'skip_rate';
const orders: Record<TopOrder, readonly Column[]> = {
  streams: ['streams', 'plays', 'ms_played'],
  time: ['ms_played', 'streams'],
  skips: ['skips', 'plays'],
  skip_rate: ['skip_rate', 'plays'],
};

/** The first of a listener within a range of days. */
export function topOfListener(
  history: readonly Play[],
  { kind, range, order, limit }: { kind: TopKind; range: DayRange; order: TopOrder; limit: number },
): TopItem[] {
  const { keyOf, shown } = kinds[kind];
  const counts = countBy(playsIn(history, daysOf(range)), keyOf);
  return [...counts.values()]
    .filter(({ plays }) => plays >= leastPlays(order))
    .map(
      (counted): Shown => ({
        ...shown(counted),
        plays: counted.plays,
        streams: counted.streams,
        skips: counted.skips,
        ms_played: counted.ms,
        skip_rate: counted.skips / counted.plays,
        first_played_at: instantOf(counted.first),
        last_played_at: instantOf(counted.last),
      }),
    )
    .sort((one, other) => {
      for (const column of orders[order]) {
        const difference = other[column]! - one[column]!;
        if (difference !== 0) return difference;
      }
      return compareBytes(one.id, other.id);
    })
    .slice(0, limit)
    .map(({ skips: _skips, ...item }, place) => ({ rank: place + 1, ...item }));
}

/** Hours of a week with listening, over a range of days. */
export function clockOfListener(history: readonly Play[], range: DayRange): ClockCell[] {
  const cells = new Map<number, { -readonly [Name in keyof ClockCell]: ClockCell[Name] }>();
  for (const play of playsIn(history, daysOf(range))) {
    // 1970-01-01 was a Thursday.
    const weekday = ((((play.day + 3) % 7) + 7) % 7) + 1;
    const hour = hourOf(play);
    const key = weekday * 24 + hour;
    const cell = cells.get(key) ?? { weekday, hour, plays: 0, ms_played: 0 };
    cell.plays += 1;
    cell.ms_played += play.msPlayed;
    cells.set(key, cell);
  }
  return [...cells.values()];
}

/** Streams by month of the ten artists with the most in the range. */
export function raceOfListener(history: readonly Play[], range: DayRange): RaceRow[] {
  const plays = playsIn(history, daysOf(range));
  const first = [...countBy(plays, ({ artistKey }) => artistKey).values()]
    .sort((one, other) => other.streams - one.streams || compareBytes(one.key, other.key))
    .slice(0, 10);
  const names = new Map(first.map(({ key, first: { artist } }) => [key, artist]));
  const ofFirst = plays.filter(({ artistKey }) => names.has(artistKey));
  return [...countBy(ofFirst, (play) => `${startOf(play.day, 'month')} ${play.artistKey}`).values()]
    .map(({ first, streams }) => ({
      month: dayText(first.day).slice(0, 7),
      artist: names.get(first.artistKey)!,
      streams,
    }))
    .sort(
      (one, other) =>
        compareBytes(one.month, other.month) ||
        other.streams - one.streams ||
        compareBytes(one.artist, other.artist),
    );
}
