import { clockOfEveryone } from './everyone-habits.ts';
import { placesOfEveryone, topOfEveryone } from './everyone-tops.ts';
import { clockOfListener, topOfListener } from './listener-trends.ts';
import type { Marts } from './marts.ts';

/** First and last day, `YYYY-MM-DD`, both included. */
export interface DayRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const bounds = ({ from, to }: DayRange) => ({
  from: from ?? '0001-01-01',
  to: to ?? '9999-12-31',
});

/** Days of a range; needs the parameters of `bounds`. */
export const inRange = 'day between $from::date and $to::date';

export interface DayOfListening {
  readonly day: string;
  readonly plays: number;
  readonly streams: number;
  readonly skips: number;
  readonly ms_played: number;
  readonly listeners: number;
}

/** Days with plays, oldest first. Private plays count for their own listener alone. */
export function dailyListening(
  marts: Marts,
  user: string | undefined,
  range: DayRange,
  smallestGroup = 1,
): Promise<DayOfListening[]> {
  if (user === undefined) {
    return marts.query(
      `select day::varchar as day, plays, streams, skips, ms_played, listeners
       from gold.daily_totals
       where ${inRange} and plays > 0 and listeners >= $smallestGroup
       order by day limit 10000`,
      { ...bounds(range), smallestGroup },
    );
  }
  return marts.query(
    `select day::varchar as day, plays, streams, skips, ms_played, 1 as listeners
     from ${marts.rowsOf('daily_listening_stats', user)}
     where user_id = $user and ${inRange} and plays > 0
     order by day limit 10000`,
    { user, ...bounds(range) },
  );
}

export const topKinds = ['tracks', 'artists', 'albums', 'genres'] as const;
export type TopKind = (typeof topKinds)[number];

/** By what a top list is ordered. */
export const topOrders = {
  streams: 'streams desc, plays desc, ms_played desc, id',
  time: 'ms_played desc, streams desc, id',
  skips: 'skips desc, plays desc, id',
  skip_rate: 'skips / plays::double desc, plays desc, id',
} as const;

export type TopOrder = keyof typeof topOrders;

/** So many plays does it take to be in a list: a share of a few plays says nothing. */
export const leastPlays = (order: TopOrder): number => (order === 'skip_rate' ? 10 : 0);

export interface TopItem {
  readonly rank: number;
  readonly id: string;
  readonly track?: string;
  readonly album?: string;
  readonly artist?: string;
  readonly plays: number;
  readonly streams: number;
  readonly ms_played: number;
  readonly skip_rate: number | null;
  readonly listeners?: number;
  readonly previous_rank?: number | null;
  readonly first_played_at?: string;
  readonly last_played_at?: string;
}

export interface TopQuestion {
  readonly kind: TopKind;
  readonly user: string | undefined;
  readonly range: DayRange;
  readonly order: TopOrder;
  readonly limit: number;
  /** Everyone's figures leave out what fewer listeners took part in. */
  readonly smallestGroup?: number | undefined;
}

const isAllTime = ({ from, to }: DayRange) => from === undefined && to === undefined;

/** Tables of all time, by kind. */
const totalsOfListener = {
  tracks: { id: 'track_id', table: 'listener_tracks' },
  artists: { id: 'artist', table: 'listener_artists' },
} as const;

/** The first of tracks, artists, albums or genres: of everyone without private plays, or of one listener. */
export async function topItems(marts: Marts, question: TopQuestion): Promise<TopItem[]> {
  const { kind, user, range, order, limit } = question;
  if (user === undefined) return topOfEveryone(marts.everyone, question);
  if (!isAllTime(range) || kind === 'albums' || kind === 'genres') {
    return topOfListener(await marts.history(user), question);
  }
  const { id, table } = totalsOfListener[kind];
  // The first rows are chosen before they are numbered: numbering all of them costs ten times as much.
  const items = await marts.query<TopItem>(
    `select id, ${kind === 'tracks' ? 'track, ' : ''}artist, plays, streams, ms_played,
       skips / nullif(plays, 0)::double as skip_rate, first_played_at, last_played_at
     from (select ${id} as id, * from ${marts.rowsOf(table, user)} where user_id = $user and plays >= $least)
     order by ${topOrders[order]} limit $limit`,
    { limit, user, least: leastPlays(order) },
  );
  return items.map((item, place) => ({ ...item, rank: place + 1 }));
}

/** How far down the list of the days before is searched. */
const comparedPlaces = 500;

/** The same with each one's place in as many days just before; null where it was not among the first 500. */
export async function comparedItems(
  marts: Marts,
  question: TopQuestion & { range: { from: string; to: string } },
): Promise<TopItem[]> {
  const before = { ...question, range: daysBefore(question.range), limit: comparedPlaces };
  if (question.user === undefined) {
    const places = placesOfEveryone(marts.everyone, before);
    return topOfEveryone(marts.everyone, question).map((item) => ({
      ...item,
      previous_rank: places.get(item.id) ?? null,
    }));
  }
  const [items, earlier] = await Promise.all([topItems(marts, question), topItems(marts, before)]);
  const places = new Map(earlier.map(({ id, rank }) => [id, rank]));
  return items.map((item) => ({ ...item, previous_rank: places.get(item.id) ?? null }));
}

const dayMs = 86_400_000;
/** Nobody listened before it, and earlier days have no four digits to write their year with. */
const firstDay = Date.parse('0001-01-01');

/** As many days just before, as far as the calendar goes. */
export function daysBefore({ from, to }: { from: string; to: string }): {
  from: string;
  to: string;
} {
  const iso = (time: number) => new Date(Math.max(time, firstDay)).toISOString().slice(0, 10);
  const start = Date.parse(from);
  return { from: iso(start - (Date.parse(to) - start) - dayMs), to: iso(start - dayMs) };
}

export interface ClockCell {
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly plays: number;
  readonly ms_played: number;
}

/** All 168 hours of a week, zeros included: of all time, or of a range of days. */
export async function listeningClock(
  marts: Marts | undefined,
  user: string | undefined,
  range: DayRange,
  smallestGroup = 1,
): Promise<ClockCell[]> {
  const rows = marts && (await clockCells(marts, user, range, smallestGroup));
  const known = new Map(rows?.map((cell) => [cell.weekday * 24 + cell.hour, cell]));
  return Array.from({ length: 7 * 24 }, (_, index) => {
    const weekday = Math.floor(index / 24) + 1;
    const hour = index % 24;
    return known.get(weekday * 24 + hour) ?? { weekday, hour, plays: 0, ms_played: 0 };
  });
}

async function clockCells(
  marts: Marts,
  user: string | undefined,
  range: DayRange,
  smallestGroup: number,
): Promise<ClockCell[]> {
  const columns = 'weekday::integer as weekday, hour::integer as hour, plays, ms_played';
  if (user === undefined) {
    if (!isAllTime(range)) return clockOfEveryone(marts.everyone, range, smallestGroup);
    return await marts.query(
      `select ${columns} from gold.clock_totals where listeners >= $smallestGroup`,
      { smallestGroup },
    );
  }
  if (!isAllTime(range)) return clockOfListener(await marts.history(user), range);
  return await marts.query(
    `select ${columns} from ${marts.rowsOf('listening_clock', user)} where user_id = $user`,
    {
      user,
    },
  );
}
