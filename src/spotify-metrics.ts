/** Metrics of the process that polls Spotify, for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { PollResult } from './sources/spotify-api/index.ts';

/** A registry, and what fills it: called after each round of polling, with when Spotify asks to wait until. */
export function spotifyMetrics(clock: () => number): {
  registry: Registry;
  polled(results: readonly PollResult[], waitingUntil: number | undefined): void;
} {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const events = new Counter({
    name: 'tonearm_spotify_events_total',
    help: 'Events made of what Spotify told.',
    labelNames: ['topic'],
    registers,
  });
  const accounts = new Gauge({
    name: 'tonearm_spotify_accounts',
    help: 'Connected accounts by what became of their last poll: ok, or why it failed.',
    labelNames: ['outcome'],
    registers,
  });
  const wait = new Gauge({
    name: 'tonearm_spotify_wait_seconds',
    help: 'How long Spotify still asks to be left alone; 0 when it does not.',
    registers,
  });
  const last = new Gauge({
    name: 'tonearm_spotify_last_poll_timestamp_seconds',
    help: 'When an account was last polled without failure.',
    registers,
  });
  return {
    registry,
    polled(results, waitingUntil) {
      accounts.reset();
      for (const { produced, kind } of results) {
        accounts.inc({ outcome: kind ?? 'ok' });
        for (const [topic, count] of Object.entries(produced)) events.inc({ topic }, count);
        if (kind === undefined) last.set(clock() / 1000);
      }
      wait.set(Math.max(0, (waitingUntil ?? 0) - clock()) / 1000);
    },
  };
}
