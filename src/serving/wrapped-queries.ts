import type { Marts } from './marts.ts';
import { inRange, newest } from './trend-queries.ts';

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
 * Favourites and the rules go by plays of 30 s and more, as gold.wrapped does for years. The history is read once.
 * @returns undefined when nothing was played then.
 */
export async function wrapped(
  marts: Marts,
  user: string,
  from: string,
  to: string,
): Promise<Wrapped | undefined> {
  const [row] = await marts.query<{
    totals: WrappedTotals;
    tops: Wrapped['tops'] | null;
    days: Wrapped['days'];
    hours: Wrapped['hours'];
    new_artists: number;
    found: Wrapped['found'];
  }>(
    `with history as materialized (
       select timestamp, day, track_id, track, artist_key, artist, album, genre, ms_played, skipped, is_stream,
         is_private
       from gold.listener_plays where user_id = $user
     ),
     plays as materialized (
       select * exclude (is_private) from history
       where not is_private and ${inRange}
     ),
     totals as (
       select ${ready} as is_ready, count(*) as plays, count(*) filter (is_stream) as streams,
         count(*) filter (skipped) as skips, coalesce(sum(ms_played), 0)::bigint as ms_played,
         count(distinct track_id) filter (is_stream) as tracks,
         count(distinct artist_key) filter (is_stream) as artists, count(distinct day) as days,
         arg_min(track, (timestamp, track_id)) as first_track,
         arg_min(artist, (timestamp, track_id)) as first_artist, min(timestamp) as first_played_at
       from plays
     ),
     counted as (${kinds.map(counted).join(' union all ')}),
     tops as (
       select kind, row_number() over (
           partition by kind order by streams desc, ms_played desc, item
         )::integer as rank, name, artist, streams, ms_played
       from counted qualify rank <= 5
     ),
     days as (
       select day::varchar as day, sum(ms_played)::bigint as ms_played from plays group by plays.day
     ),
     hours as (
       select hour(timestamp)::integer as hour, sum(ms_played)::bigint as ms_played
       from plays group by all
     ),
     firsts as (
       select artist_key from history group by artist_key
       having min(day) between $from::date and $to::date
         and not arg_min(is_private, (timestamp, track_id))
     ),
     heard as (
       select ${newest('artist')} as artist,
         count(*) filter (is_stream) as streams
       from plays where artist_key in (select artist_key from firsts) group by artist_key
     )
     select
       (select totals from totals) as totals,
       (select list(tops order by kind, rank) from tops) as tops,
       (select list(days order by day) from days) as days,
       (select list(hours order by hour) from hours) as hours,
       (select count(*) from heard) as new_artists,
       (select heard from heard order by streams desc, artist limit 1) as found`,
    { user, from, to },
  );
  if (row === undefined || row.totals.plays === 0) return undefined;
  return { ...row, tops: row.tops ?? [] };
}

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
  from plays where is_stream and ${item} is not null group by ${item}`;
