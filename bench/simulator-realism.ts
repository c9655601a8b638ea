/**
 * How the simulated listening compares with measured listening: `node bench/simulator-realism.ts`.
 */
import { simulateHistory } from '../src/sources/simulator/index.ts';

const dayMs = 86_400_000;

interface Play {
  start: number;
  duration: number;
  track: string;
  artist: string;
  skipped: boolean;
}

/**
 * Bands that a population of heavy and light listeners must lie in. Measured: two heavy listeners'
 * exports of a year each, and Spotify's published skip rates by place in the session (MSSD). "Heavy"
 * is the quarter of the population with the most plays, "light" the half with the fewest.
 */
export const bands = [
  { name: 'share under 30 s', low: 0.17, high: 0.35, measured: '.23–.25' },
  { name: 'skip rate, first of a session', low: 0.33, high: 0.43, measured: '.38 (MSSD)' },
  { name: 'skip rate, second of a session', low: 0.42, high: 0.53, measured: '.48 (MSSD)' },
  { name: 'skip rate, fourth to twentieth', low: 0.47, high: 0.59, measured: '.53 (MSSD)' },
  { name: 'plays a session, heavy', low: 14, high: 30, measured: '16.4–22.7' },
  { name: 'plays a session, light', low: 5, high: 11, measured: '8' },
  { name: 'sessions of one play, heavy', low: 0.07, high: 0.2, measured: '.09–.15' },
  { name: 'sessions an active day, heavy', low: 1.8, high: 5.7, measured: '1.8–4.6' },
  { name: 'sessions an active day, light', low: 1, high: 1.8, measured: '–' },
  { name: 'repeat rate, heavy', low: 0.57, high: 0.95, measured: '.57–.94' },
  { name: 'repeat rate, light', low: 0.3, high: 0.85, measured: '–' },
  { name: 'repeated within a day, heavy', low: 0.2, high: 0.5, measured: '.23–.48' },
  { name: 'same track again', low: 0.025, high: 0.05, measured: '.03–.04' },
  { name: 'same artist again', low: 0.1, high: 0.2, measured: '.13–.18' },
  { name: 'pause in a session, 95th centile, s', low: 100, high: 300, measured: '164–237' },
  { name: 'quietest six hours', low: 0.008, high: 0.15, measured: '.008–.15' },
  { name: 'peak hour', low: 0.067, high: 0.134, measured: '.07–.11' },
  { name: 'track Zipf slope, heavy', low: 0.48, high: 1.19, measured: '.59–.87' },
  { name: 'artist Gini, heavy', low: 0.68, high: 0.91, measured: '.68–.85' },
] as const;

const mean = (values: number[]) =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function gini(counts: number[]): number {
  const sorted = [...counts].sort((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  const weighted = sorted.reduce((sum, value, index) => sum + (index + 1) * value, 0);
  return (2 * weighted) / (sorted.length * total) - (sorted.length + 1) / sorted.length;
}

/** Slope of log(count) over log(rank), ranks 1 to 1000, sign turned. */
function zipfSlope(counts: number[]): number {
  const top = [...counts].sort((a, b) => b - a).slice(0, 1000);
  const xs = top.map((_, index) => Math.log(index + 1));
  const ys = top.map((count) => Math.log(count));
  const [mx, my] = [mean(xs), mean(ys)];
  const above = xs.reduce((sum, x, index) => sum + (x - mx) * (ys[index]! - my), 0);
  return -above / xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}

const countBy = (values: string[]): number[] => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
};

function sessionsOf(plays: Play[]): { sessions: Play[][]; pauses: number[] } {
  const sessions: Play[][] = [];
  const pauses: number[] = [];
  let busyUntil = Number.NEGATIVE_INFINITY;
  for (const play of plays) {
    if (play.start - busyUntil > 30 * 60_000) sessions.push([]);
    else pauses.push((play.start - busyUntil) / 1000);
    sessions.at(-1)!.push(play);
    busyUntil = play.start + play.duration;
  }
  return { sessions, pauses: pauses.sort((a, b) => a - b) };
}

/** Shares of the quietest six hours in a row and of the peak hour, by the end of the play. */
function hourShares(plays: Play[]): { quiet: number; peak: number } {
  const hours = Array.from({ length: 24 }, () => 0);
  for (const play of plays) {
    hours[new Date(play.start + play.duration).getUTCHours()]! += 1 / plays.length;
  }
  const quiet = hours.map((_, hour) =>
    [0, 1, 2, 3, 4, 5].reduce((sum, step) => sum + hours[(hour + step) % 24]!, 0),
  );
  return { quiet: Math.min(...quiet), peak: Math.max(...hours) };
}

function repeatShares(plays: Play[]) {
  const last = new Map<string, number>();
  let ever = 0;
  let withinDay = 0;
  for (const play of plays) {
    const before = last.get(play.track);
    if (before !== undefined) ever += 1;
    if (before !== undefined && play.start - before < dayMs) withinDay += 1;
    last.set(play.track, play.start);
  }
  const again = (field: 'track' | 'artist') =>
    mean(plays.slice(1).map((play, index) => Number(play[field] === plays[index]![field])));
  return {
    ever: ever / plays.length,
    withinDay: withinDay / plays.length,
    sameTrack: again('track'),
    sameArtist: again('artist'),
  };
}

function measureListener(plays: Play[]) {
  plays.sort((a, b) => a.start - b.start);
  const { sessions, pauses } = sessionsOf(plays);
  return {
    plays: plays.length,
    sessions,
    short: mean(plays.map((play) => Number(play.duration < 30_000))),
    perSession: plays.length / sessions.length,
    single: mean(sessions.map((session) => Number(session.length === 1))),
    sessionsPerDay:
      sessions.length / new Set(plays.map((play) => Math.floor(play.start / dayMs))).size,
    pause: pauses[Math.floor(pauses.length * 0.95)]!,
    ...repeatShares(plays),
    ...hourShares(plays),
    zipf: zipfSlope(countBy(plays.map((play) => play.track))),
    gini: gini(countBy(plays.map((play) => play.artist))),
  };
}

/** Simulates a population and measures it as the exports were measured. */
export async function measurePopulation(options: {
  seed: number;
  users: number;
  days: number;
}): Promise<Record<string, number>> {
  const byListener = await playsByListener(options);
  const all = [...byListener.values()].filter((plays) => plays.length >= 100).map(measureListener);
  all.sort((a, b) => b.plays - a.plays);
  const heavy = all.slice(0, Math.ceil(all.length / 4));
  const light = all.slice(Math.floor(all.length / 2));
  const of = (list: typeof all, pick: (one: (typeof all)[number]) => number) =>
    mean(list.map(pick));
  // MSSD's sessions have ten to twenty tracks.
  const long = all.flatMap((one) => one.sessions.filter((session) => session.length >= 10));
  const skipRate = (from: number, to: number) =>
    mean(long.flatMap((session) => session.slice(from, to).map((play) => Number(play.skipped))));
  return {
    'share under 30 s': of(all, (one) => one.short),
    'skip rate, first of a session': skipRate(0, 1),
    'skip rate, second of a session': skipRate(1, 2),
    'skip rate, fourth to twentieth': skipRate(3, 20),
    'plays a session, heavy': of(heavy, (one) => one.perSession),
    'plays a session, light': of(light, (one) => one.perSession),
    'sessions of one play, heavy': of(heavy, (one) => one.single),
    'sessions an active day, heavy': of(heavy, (one) => one.sessionsPerDay),
    'sessions an active day, light': of(light, (one) => one.sessionsPerDay),
    'repeat rate, heavy': of(heavy, (one) => one.ever),
    'repeat rate, light': of(light, (one) => one.ever),
    'repeated within a day, heavy': of(heavy, (one) => one.withinDay),
    'same track again': of(all, (one) => one.sameTrack),
    'same artist again': of(all, (one) => one.sameArtist),
    'pause in a session, 95th centile, s': of(all, (one) => one.pause),
    'quietest six hours': of(all, (one) => one.quiet),
    'peak hour': of(all, (one) => one.peak),
    'track Zipf slope, heavy': of(heavy, (one) => one.zipf),
    'artist Gini, heavy': of(heavy, (one) => one.gini),
  };
}

async function playsByListener(options: {
  seed: number;
  users: number;
  days: number;
}): Promise<Map<string, Play[]>> {
  const from = Date.UTC(2025, 0, 1);
  const byListener = new Map<string, Play[]>();
  await simulateHistory(
    {
      seed: options.seed,
      users: options.users,
      tracks: 20_000,
      from,
      to: from + options.days * dayMs,
    },
    {
      write(topic, key, value) {
        if (topic !== 'plays') return;
        const event = JSON.parse(Buffer.from(value).toString());
        const plays = byListener.get(key) ?? [];
        plays.push({
          start: Date.parse(event.timestamp),
          duration: event.duration,
          track: event.track_id,
          artist: event.artist,
          skipped: event.skipped,
        });
        byListener.set(key, plays);
      },
      flush: async () => undefined,
    },
  );
  return byListener;
}

if (import.meta.main) {
  const measured = await measurePopulation({ seed: 3, users: 60, days: 366 });
  console.log(`${'figure'.padEnd(37)}simulated  measured          band`);
  for (const { name, low, high, measured: real } of bands) {
    console.log(
      `${name.padEnd(37)}${measured[name]!.toFixed(3).padStart(9)}  ${real.padEnd(16)}  ${low}–${high}`,
    );
  }
}
