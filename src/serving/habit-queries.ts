import type { Marts } from './marts.ts';
import { bounds, type DayRange } from './trend-queries.ts';

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

const days = 'day between $from::date and $to::date';

/** Devices, moments of skipping and sessions: of everyone without private plays, or of one listener. */
export async function habits(
  marts: Marts,
  user: string | undefined,
  range: DayRange,
  smallestGroup = 1,
): Promise<Habits> {
  const questions = user === undefined ? ofEveryone : ofListener;
  const parameters = { ...(user === undefined ? { smallestGroup } : { user }), ...bounds(range) };
  const [devices, skipped, plays, sessions] = await Promise.all([
    marts.query<Habits['devices'][number]>(questions.devices, parameters),
    marts.query<Habits['skipped_at'][number]>(questions.skipped, parameters),
    marts.query<{ plays: number | null }>(questions.plays, parameters),
    marts.query<Habits['session_lengths'][number]>(questions.sessions, parameters),
  ]);
  return {
    devices,
    skipped_at: skipped,
    plays: plays[0]?.plays ?? 0,
    session_lengths: sessions,
  };
}

const ofEveryone = {
  devices: `select item as device, sum(plays)::bigint as plays, sum(ms_played)::bigint as ms_played
    from gold.daily_breakdown where kind = 'device' and ${days} group by item
    having max(listeners) >= $smallestGroup order by ms_played desc, device`,
  skipped: `select item::integer as second, sum(plays)::bigint as skips
    from gold.daily_breakdown where kind = 'skipped_at' and ${days} group by item
    having max(listeners) >= $smallestGroup order by second`,
  plays: `select sum(plays)::bigint as plays from gold.daily_totals
    where ${days} and listeners >= $smallestGroup`,
  sessions: `select minutes_from, sum(sessions)::bigint as sessions, sum(plays)::bigint as plays,
      sum(ms_played)::bigint as ms_played
    from gold.session_lengths where ${days} group by minutes_from
    having max(listeners) >= $smallestGroup order by minutes_from`,
};

const ofPlays = `from gold.listener_plays where user_id = $user and ${days}`;

const ofListener = {
  devices: `select device, count(*) as plays, sum(ms_played)::bigint as ms_played
    ${ofPlays} group by device order by ms_played desc, device`,
  skipped: `select least(ms_played // 5000 * 5, 300)::integer as second, count(*) as skips
    ${ofPlays} and skipped group by all order by second`,
  plays: `select count(*) as plays ${ofPlays}`,
  // As silver.sessions counts them: a gap of more than 30 minutes ends one.
  sessions: `
    with plays as (select *, timestamp + to_milliseconds(ms_played) as ended_at ${ofPlays}),
    marked as (
      select *, coalesce(date_diff('second', max(ended_at) over (
        order by timestamp, event_id rows between unbounded preceding and 1 preceding
      ), timestamp) > 1800, true) as begins
      from plays
    ),
    numbered as (
      select *, count(*) filter (begins) over (
        order by timestamp, event_id rows between unbounded preceding and current row
      ) as session
      from marked
    ),
    sessions as (
      select date_diff('second', min(timestamp), max(ended_at)) / 60 as minutes, count(*) as plays,
        sum(ms_played)::bigint as ms_played
      from numbered group by session
    )
    select case when minutes >= 240 then 240 when minutes >= 120 then 120 when minutes >= 60 then 60
        when minutes >= 30 then 30 when minutes >= 15 then 15 when minutes >= 5 then 5 else 0 end
        ::integer as minutes_from,
      count(*) as sessions, sum(plays)::bigint as plays, sum(ms_played)::bigint as ms_played
    from sessions group by minutes_from order by minutes_from`,
};

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
     order by timestamp, event_id limit 1000`,
    { user, day },
  );
}
