import { habitsOfEveryone } from './everyone-habits.ts';
import type { Marts } from './marts.ts';
import { bounds, type DayRange, inRange } from './trend-queries.ts';

export interface Habits {
  readonly devices: { device: string; plays: number; ms_played: number }[];
  /** Skips by the 5 seconds in which they came; 300 for all later ones. */
  readonly skipped_at: { second: number; skips: number }[];
  readonly plays: number;
  readonly session_lengths: {
    minutes_from: number;
    sessions: number;
    plays: number;
    ms_played: number;
  }[];
}

/** Devices, moments of skipping and sessions: of everyone without private plays, or of one listener. */
export async function habits(
  marts: Marts,
  user: string | undefined,
  range: DayRange,
  smallestGroup = 1,
): Promise<Habits> {
  const [row] = await (user === undefined
    ? marts.query<Partial<Habits>>(ofEveryone, { smallestGroup, ...bounds(range) })
    : marts.query<Partial<Habits>>(ofListener, { user, ...bounds(range) }));
  const counted =
    user === undefined ? habitsOfEveryone(marts.everyone, range, smallestGroup) : undefined;
  return {
    devices: counted?.devices ?? row?.devices ?? [],
    skipped_at: counted?.skipped_at ?? row?.skipped_at ?? [],
    plays: row?.plays ?? 0,
    session_lengths: row?.session_lengths ?? [],
  };
}

/** The parts of an answer as one row: their source is read once. */
const answer = `
  select (select list(devices order by ms_played desc, device) from devices) as devices,
    (select list(skipped_at order by second) from skipped_at) as skipped_at,
    (select plays from counted) as plays,
    (select list(session_lengths order by minutes_from) from session_lengths) as session_lengths`;

/** What is not counted by item. */
const ofEveryone = `
  with counted as (
    select sum(plays)::bigint as plays from gold.daily_totals
    where ${inRange} and listeners >= $smallestGroup
  ),
  lengths as (
    select minutes_from, sum(sessions)::bigint as sessions, sum(plays)::bigint as plays,
      sum(ms_played)::bigint as ms_played
    from gold.session_days where ${inRange} group by minutes_from
    having max(listeners) >= $smallestGroup
  )
  select (select plays from counted) as plays,
    (select list(lengths order by minutes_from) from lengths) as session_lengths`;

/** Sessions as silver.sessions counts them: a gap of more than 30 minutes ends one. */
const ofListener = `
  with plays as materialized (
    select timestamp, device, ms_played, skipped,
      timestamp + to_milliseconds(ms_played) as ended_at
    from gold.listener_plays where user_id = $user and ${inRange}
  ),
  devices as (
    select device, count(*) as plays, sum(ms_played)::bigint as ms_played from plays group by device
  ),
  skipped_at as (
    select least(ms_played // 5000 * 5, 300)::integer as second, count(*) as skips
    from plays where skipped group by all
  ),
  counted as (select count(*) as plays from plays),
  marked as (
    select *, coalesce(date_diff('second', max(ended_at) over (
      order by timestamp rows between unbounded preceding and 1 preceding
    ), timestamp) > 1800, true) as begins
    from plays
  ),
  numbered as (
    select *, count(*) filter (begins) over (
      order by timestamp rows between unbounded preceding and current row
    ) as session
    from marked
  ),
  sessions as (
    select date_diff('second', min(timestamp), max(ended_at)) / 60 as minutes, count(*) as plays,
      sum(ms_played)::bigint as ms_played
    from numbered group by session
  ),
  session_lengths as (
    select case when minutes >= 240 then 240 when minutes >= 120 then 120 when minutes >= 60 then 60
        when minutes >= 30 then 30 when minutes >= 15 then 15 when minutes >= 5 then 5 else 0 end
        ::integer as minutes_from,
      count(*) as sessions, sum(plays)::bigint as plays, sum(ms_played)::bigint as ms_played
    from sessions group by minutes_from
  )
  ${answer}`;

export interface PlayOfDay {
  readonly timestamp: string;
  readonly track_id: string;
  readonly track: string;
  readonly artist: string;
  readonly album: string | null;
  readonly device: string;
  readonly ms_played: number;
  readonly skipped: boolean;
  readonly private: boolean;
}

/** A listener's plays of one UTC day in their order, the first 1,000 of them. */
export function playsOfDay(marts: Marts, user: string, day: string): Promise<PlayOfDay[]> {
  return marts.query(
    `select timestamp, track_id, track, artist, album, device, ms_played, skipped,
       is_private as private
     from gold.listener_plays where user_id = $user and day = $day::date
     order by timestamp, track_id limit 1000`,
    { user, day },
  );
}
