import type { Catalogue } from './catalogue/catalogue.ts';
import { playing, playingUntilLike } from './playback.ts';
import { makeWorld } from './world.ts';

const sampleListeners = 500;
const sampleListens = 8000;
/** A listener who ends a session rests for half an hour: others must be there to begin one. */
const usersPerActive = 2.5;

export interface SteadyState {
  /** Listeners who play a track at the same time. */
  readonly active: number;
  /** Listeners that are needed for it. */
  readonly users: number;
}

/**
 * How many listeners play at the same time when they make events at a rate. It is measured on
 * a sample of sessions, so that it holds whatever the habits and the catalogue are.
 * @param rate events a second over all topics.
 * @param at ms since the epoch.
 */
export function steadyState(
  seed: number,
  catalogue: Catalogue,
  rate: number,
  at: number,
): SteadyState {
  const nowhere = { write: () => undefined, flush: async () => undefined };
  const { playbacks, player, listeners, random } = makeWorld(
    { seed },
    nowhere,
    catalogue,
    sampleListeners,
    at,
  );
  let listens = 0;
  let listenedMs = 0;
  let events = 0;
  while (listens < sampleListens) {
    const listener = random.below(sampleListeners);
    if (random.fraction() * 6 > listeners.sessionsPerDay[listener]!) continue;
    player.beginSession(listener, at);
    playbacks.offline[listener] = 0;
    while (playbacks.tracksLeft[listener]! > 0) {
      let next = player.beginTrack(listener, at);
      const isLiked = playbacks.phase[listener] === playingUntilLike;
      while (isSounding(playbacks.phase[listener]!)) next = player.goOn(listener, next);
      listens += 1;
      listenedMs += playbacks.duration[listener]!;
      events += 2 + playbacks.skipped[listener]! + Number(isLiked);
    }
  }
  const active = Math.max(1, Math.round((rate * listenedMs) / 1000 / events));
  return { active, users: Math.ceil(active * usersPerActive) + 10 };
}

function isSounding(phase: number): boolean {
  return phase === playing || phase === playingUntilLike;
}
