import { daysOf } from './everyone-tops.ts';
import type { Habits, PlayOfDay } from './habit-queries.ts';
import { compareBytes, countBy, instantOf, type Play } from './listener-history.ts';
import { playsIn } from './listener-trends.ts';
import type { DayRange } from './trend-queries.ts';

/** Devices, moments of skipping and sessions of one listener. */
export function habitsOfListener(history: readonly Play[], range: DayRange): Habits {
  const plays = playsIn(history, daysOf(range));
  const devices = [...countBy(plays, ({ device }) => device).values()]
    .map(({ key, plays: count, ms }) => ({ device: key, plays: count, ms_played: ms }))
    .sort(
      (one, other) => other.ms_played - one.ms_played || compareBytes(one.device, other.device),
    );
  const skips = new Map<number, number>();
  for (const { skipped, msPlayed } of plays) {
    const second = Math.min(Math.floor(msPlayed / 5000) * 5, 300);
    if (skipped) skips.set(second, (skips.get(second) ?? 0) + 1);
  }
  return {
    devices,
    skipped_at: [...skips]
      .map(([second, count]) => ({ second, skips: count }))
      .sort((one, other) => one.second - other.second),
    plays: plays.length,
    session_lengths: sessionLengths(plays),
  };
}

/** Lengths that sessions are counted by: at least so many minutes. */
const lengths = [240, 120, 60, 30, 15, 5, 0];
/** Seconds without music that end a session, as silver.sessions counts them. */
const longestPause = 1800;

function sessionLengths(plays: readonly Play[]): Habits['session_lengths'] {
  const seconds = (microseconds: number) => Math.floor(microseconds / 1_000_000);
  const sessions: { from: number; to: number; plays: number; ms: number }[] = [];
  for (const { timestamp, msPlayed } of plays) {
    const end = timestamp + msPlayed * 1000;
    const last = sessions.at(-1);
    if (last === undefined || seconds(timestamp) - seconds(last.to) > longestPause) {
      sessions.push({ from: timestamp, to: end, plays: 1, ms: msPlayed });
    } else {
      last.to = Math.max(last.to, end);
      last.plays += 1;
      last.ms += msPlayed;
    }
  }
  const counts = new Map<number, Habits['session_lengths'][number]>();
  for (const { from, to, plays: count, ms } of sessions) {
    const minutes = (seconds(to) - seconds(from)) / 60;
    const least = lengths.find((length) => minutes >= length) ?? 0;
    const held = counts.get(least) ?? { minutes_from: least, sessions: 0, plays: 0, ms_played: 0 };
    held.sessions += 1;
    held.plays += count;
    held.ms_played += ms;
    counts.set(least, held);
  }
  return [...counts.values()].sort((one, other) => one.minutes_from - other.minutes_from);
}

/** A listener's plays of one day in their order, the first 1,000 of them. */
export const playsOfOneDay = (history: readonly Play[], day: number): PlayOfDay[] =>
  playsIn(history, { from: day, to: day })
    .slice(0, 1000)
    .map((play) => ({
      timestamp: instantOf(play),
      track_id: play.trackId,
      track: play.track,
      artist: play.artist,
      album: play.album,
      device: play.device,
      ms_played: play.msPlayed,
      skipped: play.skipped,
      private: play.isPrivate,
    }));
