import { countries } from './countries.ts';
import type { Listeners } from './listeners.ts';
import { Random } from './random.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Number of different daily rhythms in a population. */
export const rhythmCount = 48;

/** Share of sessions by local hour for a listener who sleeps from midnight to six. */
const usualHours = [
  0.9, 0.3, 0.12, 0.1, 0.12, 0.35, 1.6, 3.6, 4.6, 4.2, 4.2, 4.6, 5, 5, 4.8, 5.2, 6, 7, 7.4, 7, 6.6,
  6, 4.6, 2.6,
];
/** Factor by weekday, Sunday first: a little less at the weekend, as measured. */
const weekdayFactors = [0.78, 1.06, 1.1, 1.06, 1.08, 1.06, 0.86];
/** 1970-01-01 was a Thursday. */
const weekdayOfEpoch = 4;

/** When listeners listen: each has one of many daily rhythms in the time of its country. */
export class DailyRhythm {
  readonly #listeners: Listeners;
  /** 24 factors for each rhythm; their mean is 1. */
  readonly #factors: Float64Array;

  constructor(listeners: Listeners, seed: number) {
    this.#listeners = listeners;
    this.#factors = new Float64Array(rhythmCount * 24);
    const random = new Random(seed, 'daily rhythm');
    for (let rhythm = 0; rhythm < rhythmCount; rhythm += 1) {
      const shift = Math.round(1.5 * random.normal());
      const sharpness = 0.75 + 0.5 * random.fraction();
      // Some sleep badly, or work at night.
      const night = random.chance(0.25) ? 1 + 1.5 * random.fraction() : 0.05 * random.fraction();
      const hours = usualHours.map(
        (_, hour) =>
          (usualHours[(hour - shift + 48) % 24]! ** sharpness + night) *
          (0.75 + 0.5 * random.fraction()),
      );
      const total = hours.reduce((sum, factor) => sum + factor, 0);
      this.#factors.set(
        hours.map((factor) => (factor * 24) / total),
        rhythm * 24,
      );
    }
  }

  /** How readily a listener begins a session at an instant (ms), 1 on average. */
  readiness(listener: number, at: number): number {
    const local = at + countries[this.#listeners.country[listener]!]!.utcOffset * hourMs;
    const hour = Math.floor(local / hourMs) % 24;
    const weekday = (Math.floor(local / dayMs) + weekdayOfEpoch) % 7;
    return this.#factors[this.#listeners.rhythm[listener]! * 24 + hour]! * weekdayFactors[weekday]!;
  }

  /**
   * The listener's next session after an instant (ms): a Poisson process whose intensity
   * follows the hour and the weekday.
   */
  nextSession(listener: number, after: number, random: Random): number {
    const perMs = this.#listeners.sessionsPerDay[listener]! / dayMs;
    let remaining = random.exponential();
    let at = after;
    for (;;) {
      const hourEnd = (Math.floor(at / hourMs) + 1) * hourMs;
      const intensity = perMs * this.readiness(listener, at);
      const inHour = intensity * (hourEnd - at);
      if (inHour >= remaining) return Math.floor(at + remaining / intensity);
      remaining -= inHour;
      at = hourEnd;
    }
  }
}
