import type { Marts } from './marts.ts';

export interface ListenerRow {
  readonly user_id: string;
  readonly plays: number;
  readonly ms_played: number;
  readonly last_played_at: string | null;
}

/**
 * Listeners whose name contains a text, those that begin with it first, then by plays.
 * Others may see this list, so private plays are left out of it.
 * @param only the one listener that may be seen; null for nobody, undefined for all.
 */
export async function searchListeners(
  marts: Marts,
  { q, limit, offset }: { q: string; limit: number; offset: number },
  only?: string | null,
): Promise<{ total: number; items: ListenerRow[] }> {
  const page = await marts.query<ListenerRow & { total: number }>(
    `select user_id, plays, ms_played, last_played_at, count(*) over () as total from gold.listeners
     where contains(searched, lower($q)) and ($all or user_id = $only)
     order by starts_with(searched, lower($q)) desc, plays desc, user_id
     limit $limit offset $offset`,
    { q, limit, offset, all: only === undefined, only: only ?? '' },
  );
  const items = page.map(({ total: _total, ...item }) => item);
  if (page.length > 0 || offset === 0) return { total: page[0]?.total ?? 0, items };
  // Past the last page no row tells how many there are.
  const { total } = await searchListeners(marts, { q, limit: 1, offset: 0 }, only);
  return { total, items };
}

export interface ListenerSummary {
  readonly user_id: string;
  readonly plays: number;
  readonly streams: number;
  readonly skips: number;
  readonly ms_played: number;
  readonly first_played_at: string;
  readonly last_played_at: string;
  readonly tracks: number;
  readonly artists: number;
}

/** What one listener has heard, private sessions included; undefined when there is nobody of that name. */
export async function listenerSummary(
  marts: Marts,
  user: string,
): Promise<ListenerSummary | undefined> {
  const [row] = await marts.query<ListenerSummary>(
    `select user_id, sum(plays) as plays, sum(streams) as streams, sum(skips) as skips,
       sum(ms_played) as ms_played, min(first_played_at) as first_played_at,
       max(last_played_at) as last_played_at,
       (select count(*) from ${marts.rowsOf('listener_tracks', user)} where user_id = $user) as tracks,
       (select count(*) from ${marts.rowsOf('listener_artists', user)} where user_id = $user) as artists
     from ${marts.rowsOf('daily_listening_stats', user)} where user_id = $user group by user_id
     having sum(plays) > 0`,
    { user },
  );
  return row;
}
