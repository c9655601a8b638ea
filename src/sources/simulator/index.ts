/**
 * The simulator: listeners with tastes and habits, and the events that their listening makes.
 * `simulateHistory` makes a time span as fast as it can; `simulateLive` makes events now, at a rate.
 */
import type { EventTopic } from '../../../contracts/index.ts';
import { Catalogue, type CatalogueTrack } from './catalogue/catalogue.ts';
import { defaultCatalogue } from './catalogue/default-catalogue.ts';
import type { Faults } from './faults.ts';
import { runHistory } from './history.ts';
import { runLive } from './live.ts';
import type { SimulationOutput } from './output.ts';
import { steadyState } from './steady-state.ts';
import { makeWorld, type World } from './world.ts';

export type { CatalogueTrack } from './catalogue/catalogue.ts';
export { readCatalogue } from './catalogue/read-catalogue.ts';
export type { Faults } from './faults.ts';
export { ndjsonOutput, producerOutput, type SimulationOutput } from './output.ts';

/** Where a history begins when nobody says: fixed, so that the same seed makes the same bytes. */
export const defaultFrom = Date.UTC(2025, 10, 1);

const forever = Number.POSITIVE_INFINITY;

export interface SimulationOptions {
  readonly seed: number;
  /** Size of the population. Live, it grows where the rate needs more listeners. */
  readonly users: number;
  /** Size of the catalogue: the most popular ones of a catalogue that is larger. */
  readonly tracks: number;
  /** Instead of the project's own catalogue; most popular first, as `readCatalogue` gives it. */
  readonly catalogue?: readonly CatalogueTrack[];
  readonly faults?: Faults;
  /** Begin each event with its topic: for NDJSON that holds all topics. */
  readonly withTopic?: boolean;
  /** Stop after exactly this many well-formed events, repeats not counted. */
  readonly events?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (events: number) => void;
}

export interface HistoryOptions extends SimulationOptions {
  /** ms since the epoch: the first instant, `defaultFrom` by default. */
  readonly from?: number;
  /** ms since the epoch, exclusive: nothing is received from then on. */
  readonly to?: number;
}

export interface LiveOptions extends SimulationOptions {
  /** Events a second over all topics. */
  readonly rate: number;
  /** The present, ms since the epoch. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** Waits some ms; the real clock's by default. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

export interface SimulationResult {
  /** Records written by topic, repeated and broken ones among them. */
  readonly produced: Record<EventTopic, number>;
  readonly faults: Record<'duplicates' | 'late' | 'malformed' | 'out_of_order', number>;
  readonly users: number;
  readonly tracks: number;
  /** RFC 3339: where it began, and the time of the last receipt. */
  readonly from: string;
  readonly to: string;
}

/**
 * Makes what listeners did between two instants, in the order of receipt. With `events` alone
 * it runs as long as it must; with `to` it may make fewer.
 * @throws TonearmError TNA_USAGE
 */
export async function simulateHistory(
  options: HistoryOptions,
  output: SimulationOutput,
): Promise<SimulationResult> {
  const { from = defaultFrom, to = forever, signal, onProgress } = options;
  const catalogue = catalogueOf(options);
  const world = makeWorld(options, output, catalogue, options.users, to);
  await runHistory({ ...world, from, until: to, signal, onProgress });
  await world.delivery.finish();
  return result(world, from);
}

/**
 * Makes events now, at a rate, until the signal, or until enough were made.
 * @throws TonearmError TNA_USAGE
 */
export async function simulateLive(
  options: LiveOptions,
  output: SimulationOutput,
): Promise<SimulationResult> {
  const { rate, clock, signal, wait, onProgress } = options;
  const from = clock();
  const catalogue = catalogueOf(options);
  const { active, users } = steadyState(options.seed, catalogue, rate, from);
  const world = makeWorld(options, output, catalogue, Math.max(options.users, users), forever);
  await runLive({ ...world, active, rate, clock, signal, wait, onProgress });
  await world.delivery.close();
  return result(world, from);
}

function catalogueOf(options: SimulationOptions): Catalogue {
  const { tracks, catalogue } = options;
  return new Catalogue(catalogue?.slice(0, tracks) ?? defaultCatalogue(tracks));
}

function result(world: World, from: number): SimulationResult {
  const { delivery, listeners, catalogue } = world;
  return {
    produced: delivery.produced,
    faults: delivery.faults,
    users: listeners.count,
    tracks: catalogue.tracks.length,
    from: new Date(from).toISOString(),
    to: new Date(Math.max(from, delivery.lastReceipt)).toISOString(),
  };
}
