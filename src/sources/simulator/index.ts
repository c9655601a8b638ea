/**
 * The simulator: listeners with tastes and habits, and the events that their listening makes.
 * `simulateHistory` makes a time span as fast as it can; `simulateLive` makes events now, at a rate.
 */
import type { EventTopic } from '../../../contracts/index.ts';
import { defaultCatalogue, type Track } from './catalogue.ts';
import { type EmittedCounts, Emitter } from './emitter.ts';
import { EventEncoder } from './event-encoder.ts';
import type { Faults } from './faults.ts';
import { runHistory } from './history.ts';
import { Charts, makeListener } from './listener.ts';
import { runLive } from './live.ts';
import type { SimulationOutput } from './output.ts';
import { Random } from './random.ts';

export { readCatalogue } from './catalogue-csv.ts';
export { ndjsonOutput, producerOutput, type SimulationOutput } from './output.ts';

/** Where a history begins when nobody says: fixed, so that the same seed makes the same bytes. */
export const defaultFrom = Date.UTC(2025, 10, 1);

export interface SimulationOptions {
  readonly seed: number;
  readonly users: number;
  readonly tracks: number;
  /** Instead of the project's own catalogue. */
  readonly catalogue?: readonly Track[];
  readonly faults?: Faults;
  /** Begin each event with its topic: for NDJSON that holds all topics. */
  readonly withTopic?: boolean;
  /** Stop after exactly this many events, repeats not counted. */
  readonly events?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (events: number) => void;
}

export interface SimulationResult {
  /** Records by topic, repeated and broken ones among them. */
  readonly produced: Record<EventTopic, number>;
  readonly faults: EmittedCounts['faults'];
  readonly users: number;
  readonly tracks: number;
  /** RFC 3339: time of the first and of the last receipt. */
  readonly from: string;
  readonly to: string;
}

/** Makes what listeners did between two instants (ms), in the order of receipt. */
export async function simulateHistory(
  options: SimulationOptions & { from?: number; to?: number },
  output: SimulationOutput,
): Promise<SimulationResult> {
  const from = options.from ?? defaultFrom;
  const world = makeWorld(options, output);
  const last = await runHistory({
    ...world,
    from,
    to: options.to,
    events: options.events,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  await world.emitter.release(Number.POSITIVE_INFINITY);
  await output.flush();
  return result(world, from, last);
}

/** Makes events at a rate until the signal, or until enough were made. */
export async function simulateLive(
  options: SimulationOptions & {
    rate: number;
    clock: () => number;
    signal: AbortSignal;
    /** Waits some ms; the real clock's by default. */
    wait?: (ms: number) => Promise<unknown>;
  },
  output: SimulationOutput,
): Promise<SimulationResult> {
  const world = makeWorld(options, output);
  const from = options.clock();
  await runLive({
    ...world,
    seed: options.seed,
    rate: options.rate,
    events: options.events,
    clock: options.clock,
    signal: options.signal,
    flush: () => output.flush(),
    wait: options.wait,
    onProgress: options.onProgress,
  });
  return result(world, from, options.clock());
}

function makeWorld(options: SimulationOptions, output: SimulationOutput) {
  const { seed, users, tracks, withTopic = false, faults = {} } = options;
  const catalogue =
    options.catalogue?.slice(0, Math.max(tracks, 1)) ?? defaultCatalogue(tracks, seed);
  const charts = new Charts(catalogue);
  const random = new Random(seed, 1);
  const encoder = new EventEncoder(new Random(seed, 2), catalogue, withTopic);
  const emitter = new Emitter(encoder, output, faults, new Random(seed, 3));
  const listeners = Array.from({ length: users }, (_, index) => makeListener(index, seed, charts));
  return { charts, random, encoder, emitter, listeners };
}

function result(world: ReturnType<typeof makeWorld>, from: number, to: number): SimulationResult {
  return {
    ...world.emitter.counts,
    users: world.listeners.length,
    tracks: world.charts.tracks.length,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  };
}
