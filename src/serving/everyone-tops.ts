import { dayInstant, dayNumber, dayText, nextStart, startOf } from './calendar-days.ts';
import type { RaceRow } from './discovery-queries.ts';
import type { EveryoneCounts } from './everyone-counts.ts';
import { type Days, firstOf, type Sums } from './item-counts.ts';
import {
  type DayRange,
  leastPlays,
  type TopItem,
  type TopKind,
  type TopOrder,
  type TopQuestion,
} from './trend-queries.ts';

/** A range as numbers of days; what is left out is open. */
export const daysOf = ({ from, to }: DayRange): Days => ({
  from: from === undefined ? Number.NEGATIVE_INFINITY : dayNumber(from),
  to: to === undefined ? Number.POSITIVE_INFINITY : dayNumber(to),
});

/** The most first, by one column after the other, and what is equal by name. */
export const byMost =
  (...columns: Float64Array[]) =>
  (one: number, other: number): number => {
    for (const column of columns) {
      const difference = column[other]! - column[one]!;
      if (difference !== 0) return difference;
    }
    return one - other;
  };

const skipRates = ({ skips, plays }: Sums): Float64Array =>
  skips.map((skipped, item) => skipped / plays[item]!);

const orders: Record<TopOrder, (sums: Sums) => Float64Array[]> = {
  streams: ({ streams, plays, msPlayed }) => [streams, plays, msPlayed],
  time: ({ msPlayed, streams }) => [msPlayed, streams],
  skips: ({ skips, plays }) => [skips, plays],
  skip_rate: (sums) => [skipRates(sums), sums.plays],
};

/** At least as many listened in all as on the best day: by that a group counts as large enough. */
export const largeEnough = ({ items, listeners }: Sums, smallestGroup: number): Uint32Array =>
  items.filter((item) => listeners[item]! >= smallestGroup);

type Question = Omit<TopQuestion, 'user'>;

/** Items in their order, with their sums until the next question. */
function ranked(everyone: EveryoneCounts, question: Question): { items: number[]; sums: Sums } {
  const { kind, range, order, limit, smallestGroup = 1 } = question;
  const sums = everyone.of[kind].sumsOf(daysOf(range));
  const least = leastPlays(order);
  const told = largeEnough(sums, smallestGroup).filter((item) => sums.plays[item]! >= least);
  const items = firstOf(told, limit, byMost(...orders[order](sums)));
  return { items, sums };
}

/** The first of everyone. Listeners are told of a single day; days on which fewer took part are not told of. */
export function topOfEveryone(everyone: EveryoneCounts, question: Question): TopItem[] {
  const { kind, range, smallestGroup = 1 } = question;
  const counts = everyone.of[kind];
  const { items, sums } = ranked(everyone, question);
  const isAllTime = range.from === undefined && range.to === undefined;
  const isDay = range.from !== undefined && range.from === range.to;
  const endsOfItems = isAllTime ? undefined : counts.endsOf(items, daysOf(range), smallestGroup);
  return items.map((item, place) => {
    const plays = sums.plays[item]!;
    const ends = endsOfItems?.get(item);
    return {
      rank: place + 1,
      id: counts.names[item]!,
      ...labelOf(everyone, kind, item),
      plays,
      streams: sums.streams[item]!,
      ms_played: sums.msPlayed[item]!,
      skip_rate: plays === 0 ? null : sums.skips[item]! / plays,
      ...(isDay && { listeners: sums.listeners[item]! }),
      ...(ends && {
        first_played_at: dayInstant(ends.from),
        last_played_at: dayInstant(ends.to),
      }),
    };
  });
}

function labelOf({ of, labels }: EveryoneCounts, kind: TopKind, item: number): Partial<TopItem> {
  if (kind === 'genres') return {};
  if (kind === 'artists') return { artist: of.artists.names[item]! };
  const [name, artist] = labels[kind][item]!;
  return { [kind === 'tracks' ? 'track' : 'album']: name, artist };
}

/** Places of the first of everyone, by their ids. */
export function placesOfEveryone(
  everyone: EveryoneCounts,
  question: Question,
): Map<string, number> {
  const { names } = everyone.of[question.kind];
  const { items } = ranked(everyone, question);
  return new Map(items.map((item, place) => [names[item]!, place + 1]));
}

/** Streams by month of the ten artists with the most in the range. */
export function raceOfEveryone(
  { of: { artists } }: EveryoneCounts,
  range: DayRange,
  smallestGroup: number,
): RaceRow[] {
  const days = artists.within(daysOf(range));
  const all = artists.sumsOf(days);
  const first = firstOf(largeEnough(all, smallestGroup), 10, byMost(all.streams));
  const rows: RaceRow[] = [];
  for (let start = startOf(days.from, 'month'); start <= days.to; ) {
    const next = nextStart(start, 'month');
    const sums = artists.sumsOf({
      from: Math.max(start, days.from),
      to: Math.min(next - 1, days.to),
    });
    const ofMonth = first
      .filter((item) => sums.has(item))
      .sort(byMost(sums.streams))
      .map((item) => ({
        month: dayText(start).slice(0, 7),
        artist: artists.names[item]!,
        streams: sums.streams[item]!,
      }));
    rows.push(...ofMonth);
    start = next;
  }
  return rows;
}
