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

const shared = 'from gold.listener_plays where user_id = $user and not is_private';
const ready = `count(*) filter (is_stream) >= ${wrappedRules.streams}
  and count(distinct artist_key) filter (is_stream) >= ${wrappedRules.artists}`;

/** Years and months with plays that were not private, newest first, a year before its months. */
export function wrappedPeriods(marts: Marts, user: string): Promise<WrappedPeriod[]> {
  return marts.query(
    `select year(day)::integer as year, month(day)::integer as month,
       count(*) filter (is_stream) as streams, ${ready} as is_ready
     ${shared} group by grouping sets ((year(day), month(day)), (year(day)))
     order by year desc, month desc nulls first`,
    { user },
  );
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
  const parameters = { user, from, to };
  const plays = `${shared} and day between $from::date and $to::date`;
  const [[totals], tops, days, hours, discovered] = await Promise.all([
    marts.query<WrappedTotals>(
      `select ${ready} as is_ready, count(*) as plays, count(*) filter (is_stream) as streams,
         count(*) filter (skipped) as skips, coalesce(sum(ms_played), 0)::bigint as ms_played,
         count(distinct track_id) filter (is_stream) as tracks,
         count(distinct artist_key) filter (is_stream) as artists, count(distinct day) as days,
         arg_min(track, (timestamp, event_id)) as first_track,
         arg_min(artist, (timestamp, event_id)) as first_artist, min(timestamp) as first_played_at
       ${plays}`,
      parameters,
    ),
    marts.query<WrappedTop>(
      `with plays as (select * ${plays} and is_stream),
       counted as (${kinds.map(counted).join(' union all ')}),
       ranked as (
         select *, row_number() over (
           partition by kind order by streams desc, ms_played desc, item
         )::integer as rank from counted
       )
       select kind, rank, name, artist, streams, ms_played from ranked where rank <= 5
       order by kind, rank`,
      parameters,
    ),
    marts.query<{ day: string; ms_played: number }>(
      `select day::varchar as day, sum(ms_played)::bigint as ms_played ${plays} group by day order by day`,
      parameters,
    ),
    marts.query<{ hour: number; ms_played: number }>(
      `select hour(timestamp)::integer as hour, sum(ms_played)::bigint as ms_played ${plays} group by all order by hour`,
      parameters,
    ),
    marts.query<{ artist: string; streams: number; total: number }>(
      `with firsts as (
         select artist_key from gold.listener_plays where user_id = $user group by artist_key
         having min(day) between $from::date and $to::date
           and not arg_min(is_private, (timestamp, event_id))
       ),
       heard as (
         select arg_max(artist, (timestamp, event_id)) as artist,
           count(*) filter (is_stream) as streams
         ${plays} and artist_key in (select artist_key from firsts) group by artist_key
       )
       select artist, streams, count(*) over () as total from heard
       order by streams desc, artist limit 1`,
      parameters,
    ),
  ]);
  if (totals === undefined || totals.plays === 0) return undefined;
  const [found] = discovered;
  return {
    totals,
    tops,
    days,
    hours,
    new_artists: found?.total ?? 0,
    found: found === undefined ? null : { artist: found.artist, streams: found.streams },
  };
}

const newest = (column: string) => `arg_max(${column}, (timestamp, event_id))`;
const kinds = [
  { kind: 'artist', item: 'artist_key', name: newest('artist'), artist: newest('artist') },
  { kind: 'track', item: 'track_id', name: newest('track'), artist: newest('artist') },
  {
    kind: 'album',
    item: "artist_key || ' / ' || lower(trim(album))",
    name: newest('album'),
    artist: newest('artist'),
  },
  { kind: 'genre', item: 'genre', name: 'min(genre)', artist: 'null' },
];

const counted = ({ kind, item, name, artist }: (typeof kinds)[number]) => `
  select '${kind}' as kind, ${item} as item, ${name} as name, ${artist} as artist,
    count(*) as streams, sum(ms_played)::bigint as ms_played
  from plays where ${item} is not null group by ${item}`;
