import type { Marts } from './marts.ts';

/** First and last day, `YYYY-MM-DD`, both included. */
export interface DayRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const bounds = ({ from, to }: DayRange) => ({
  from: from ?? '0001-01-01',
  to: to ?? '9999-12-31',
});

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
       where day between $from::date and $to::date and plays > 0 and listeners >= $smallestGroup
       order by day limit 10000`,
      { ...bounds(range), smallestGroup },
    );
  }
  return marts.query(
    `select day::varchar as day, plays, streams, skips, ms_played, 1 as listeners
     from gold.daily_listening_stats
     where user_id = $user and day between $from::date and $to::date and plays > 0
     order by day limit 10000`,
    { user, ...bounds(range) },
  );
}

export interface TopItem {
  readonly rank: number;
  readonly id: string;
  readonly track?: string;
  readonly artist: string;
  readonly plays: number;
  readonly streams: number;
  readonly ms_played: number;
  readonly skip_rate: number | null;
  readonly listeners?: number;
}

const order = 'streams desc, plays desc, ms_played desc, id';

/** The first rows are chosen before they are numbered: numbering all of them costs ten times as much. */
const ranked = (from: string) => `
  select row_number() over (order by ${order}) as rank, *
  from (select * from (${from}) order by ${order} limit $limit) order by rank`;

/**
 * Sums over a range of days. Listeners of several days can't be added up: one day alone has them. At least as many
 * listened in all as on the best day: by that a group counts as large enough.
 */
function totals(kind: 'tracks' | 'artists', range: DayRange): string {
  const all = range.from === undefined && range.to === undefined;
  const listeners =
    range.from !== undefined && range.from === range.to ? ', max(listeners) as listeners' : '';
  if (kind === 'tracks') {
    if (all) {
      return `select track_id as id, track, artist, plays, streams, ms_played,
        skips / nullif(plays, 0)::double as skip_rate from gold.track_totals
        where most_listeners >= $smallestGroup`;
    }
    return `select track_id as id, track, artist, sums.plays, sums.streams, sums.ms_played, skip_rate${listeners === '' ? '' : ', listeners'}
      from (select track_id, sum(plays) as plays, sum(streams) as streams,
          sum(ms_played) as ms_played,
          sum(skips) / nullif(sum(plays), 0)::double as skip_rate ${listeners}
        from gold.track_charts
        where period = 'day' and period_start between $from::date and $to::date
        group by track_id having max(listeners) >= $smallestGroup) as sums
      join gold.track_totals using (track_id)`;
  }
  if (all) {
    return `select artist as id, artist, plays, streams, ms_played,
      skips / nullif(plays, 0)::double as skip_rate from gold.artist_totals
      where most_listeners >= $smallestGroup`;
  }
  return `select artist as id, artist, sum(plays) as plays, sum(streams) as streams,
      sum(ms_played) as ms_played, sum(skips)::double / nullif(sum(plays), 0) as skip_rate
      ${listeners}
    from gold.artist_popularity
    where day between $from::date and $to::date group by artist
    having max(listeners) >= $smallestGroup`;
}

const ofListener = {
  tracks: `select track_id as id, track, artist, plays, streams, ms_played,
      skips::double / nullif(plays, 0) as skip_rate
    from gold.listener_tracks where user_id = $user`,
  artists: `select artist as id, artist, plays, streams, ms_played,
      skips::double / nullif(plays, 0) as skip_rate
    from gold.listener_artists where user_id = $user`,
} as const;

/** Most streamed tracks or artists. For one listener the marts hold all time only. */
export function topItems(
  marts: Marts,
  kind: 'tracks' | 'artists',
  user: string | undefined,
  range: DayRange,
  limit: number,
  smallestGroup = 1,
): Promise<TopItem[]> {
  if (user !== undefined) return marts.query(ranked(ofListener[kind]), { user, limit });
  const sql = ranked(totals(kind, range));
  const needsRange = range.from !== undefined || range.to !== undefined;
  return marts.query(sql, { ...(needsRange && bounds(range)), limit, smallestGroup });
}

export interface ClockCell {
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly plays: number;
  readonly ms_played: number;
}

/** All 168 hours of a week, zeros included. */
export async function listeningClock(
  marts: Marts | undefined,
  user: string | undefined,
  smallestGroup = 1,
): Promise<ClockCell[]> {
  const columns = 'weekday::integer as weekday, hour::integer as hour, plays, ms_played';
  const rows = await (user === undefined
    ? marts?.query<ClockCell>(
        `select ${columns} from gold.clock_totals where listeners >= $smallestGroup`,
        {
          smallestGroup,
        },
      )
    : marts?.query<ClockCell>(`select ${columns} from gold.listening_clock where user_id = $user`, {
        user,
      }));
  const known = new Map(rows?.map((cell) => [cell.weekday * 24 + cell.hour, cell]));
  return Array.from({ length: 7 * 24 }, (_, index) => {
    const weekday = Math.floor(index / 24) + 1;
    const hour = index % 24;
    return known.get(weekday * 24 + hour) ?? { weekday, hour, plays: 0, ms_played: 0 };
  });
}
