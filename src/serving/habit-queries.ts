import { dayNumber } from './calendar-days.ts';
import { habitsOfEveryone } from './everyone-habits.ts';
import { habitsOfListener, playsOfOneDay } from './listener-habits.ts';
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
  if (user !== undefined) return habitsOfListener(await marts.history(user), range);
  const [row] = await marts.query<Partial<Habits>>(ofEveryone, { smallestGroup, ...bounds(range) });
  return {
    ...habitsOfEveryone(marts.everyone, range, smallestGroup),
    plays: row?.plays ?? 0,
    session_lengths: row?.session_lengths ?? [],
  };
}

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
export async function playsOfDay(marts: Marts, user: string, day: string): Promise<PlayOfDay[]> {
  return playsOfOneDay(await marts.history(user), dayNumber(day));
}
