/**
 * How the simulated listening compares with measured listening: `node bench/simulator-realism.ts`.
 * The measured figures are those of heavy listeners' own exports; the bands leave room for lighter ones.
 */
import { simulateHistory } from '../src/sources/simulator/index.ts';

interface Play {
  start: number;
  duration: number;
  track: string;
  artist: string;
  skipped: boolean;
}

/** Bands that a population of heavy and light listeners must lie in; `measured` is of heavy ones. */
export const bands = [
  { name: 'share under 30 s', low: 0.17, high: 0.5, measured: '.23–.25' },
  { name: 'skip rate', low: 0.34, high: 0.56, measured: '.52 (published)' },
  { name: 'skip rate, first of a session', low: 0.3, high: 0.46, measured: '.38 (published)' },
  { name: 'plays a session, heavy', low: 12, high: 30, measured: '16.4–22.7' },
  { name: 'plays a session, light', low: 4, high: 13, measured: '8' },
  { name: 'sessions an active day', low: 1.3, high: 5.8, measured: '1.8–4.6' },
  { name: 'repeat rate', low: 0.5, high: 0.96, measured: '.57–.94' },
  { name: 'quietest six hours', low: 0.008, high: 0.16, measured: '.008–.15' },
  { name: 'peak hour', low: 0.06, high: 0.15, measured: '.07–.11' },
  { name: 'track Zipf slope', low: 0.45, high: 1.2, measured: '.59–.87' },
  { name: 'artist Gini', low: 0.5, high: 0.92, measured: '.68–.85' },
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

function measureListener(plays: Play[]) {
  plays.sort((a, b) => a.start - b.start);
  const sessions: Play[][] = [];
  let busyUntil = Number.NEGATIVE_INFINITY;
  for (const play of plays) {
    if (play.start - busyUntil > 30 * 60_000) sessions.push([]);
    sessions.at(-1)!.push(play);
    busyUntil = play.start + play.duration;
  }
  const hours = Array.from({ length: 24 }, () => 0);
  for (const play of plays)
    hours[new Date(play.start + play.duration).getUTCHours()]! += 1 / plays.length;
  const quiet = hours.map((_, hour) =>
    [0, 1, 2, 3, 4, 5].reduce((sum, step) => sum + hours[(hour + step) % 24]!, 0),
  );
  const seen = new Set<string>();
  let repeats = 0;
  for (const play of plays) {
    if (seen.has(play.track)) repeats += 1;
    seen.add(play.track);
  }
  return {
    plays: plays.length,
    short: mean(plays.map((play) => Number(play.duration < 30_000))),
    skipped: mean(plays.map((play) => Number(play.skipped))),
    firstSkipped: mean(sessions.map((session) => Number(session[0]!.skipped))),
    perSession: plays.length / sessions.length,
    sessionsPerDay:
      sessions.length / new Set(plays.map((play) => Math.floor(play.start / 86_400_000))).size,
    repeats: repeats / plays.length,
    quiet: Math.min(...quiet),
    peak: Math.max(...hours),
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
  const from = Date.UTC(2025, 0, 1);
  const byListener = new Map<string, Play[]>();
  await simulateHistory(
    {
      seed: options.seed,
      users: options.users,
      tracks: 5000,
      from,
      to: from + options.days * 86_400_000,
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
  const all = [...byListener.values()].filter((plays) => plays.length >= 100).map(measureListener);
  all.sort((a, b) => b.plays - a.plays);
  const heavy = all.slice(0, Math.ceil(all.length / 4));
  const light = all.slice(Math.floor(all.length / 2));
  const of = (list: typeof all, pick: (one: (typeof all)[number]) => number) =>
    mean(list.map(pick));
  return {
    'share under 30 s': of(all, (one) => one.short),
    'skip rate': of(all, (one) => one.skipped),
    'skip rate, first of a session': of(all, (one) => one.firstSkipped),
    'plays a session, heavy': of(heavy, (one) => one.perSession),
    'plays a session, light': of(light, (one) => one.perSession),
    'sessions an active day': of(all, (one) => one.sessionsPerDay),
    'repeat rate': of(all, (one) => one.repeats),
    'quietest six hours': of(all, (one) => one.quiet),
    'peak hour': of(all, (one) => one.peak),
    'track Zipf slope': of(heavy, (one) => one.zipf),
    'artist Gini': of(heavy, (one) => one.gini),
  };
}

if (import.meta.main) {
  const measured = await measurePopulation({ seed: 3, users: 120, days: 90 });
  console.log(`${'figure'.padEnd(32)}simulated  measured          band`);
  for (const { name, low, high, measured: real } of bands) {
    console.log(
      `${name.padEnd(32)}${measured[name]!.toFixed(3).padStart(9)}  ${real.padEnd(16)}  ${low}–${high}`,
    );
  }
}
