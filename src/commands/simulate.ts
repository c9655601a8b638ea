import { closeSync, openSync } from 'node:fs';
import { asDiskError } from '../disk-errors.ts';
import { TonearmError } from '../errors.ts';
import {
  ndjsonOutput,
  producerOutput,
  readCatalogue,
  type SimulationOutput,
  type SimulationResult,
  simulateHistory,
  simulateLive,
} from '../sources/simulator/index.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { producerForMost } from './forgotten-producer.ts';
import { instant } from './instant.ts';

export interface SimulateOptions {
  events?: number;
  from?: string;
  to?: string;
  live?: boolean;
  rate: number;
  users: number;
  tracks: number;
  seed: number;
  catalogue?: string;
  duplicates: number;
  late: number;
  malformed: number;
  outOfOrder: number;
  dropHour?: string;
  out?: string;
}

/** `tonearm simulate`: makes listening events, for the log or as NDJSON. */
export async function simulate(
  context: CommandContext,
  options: SimulateOptions,
): Promise<CommandResult> {
  check(options);
  if (options.out === undefined) {
    return await withLog(context, async (log) => {
      // Live events should be seen at once; history should be written in large batches.
      const producer = await producerForMost(context, log, options.live ? { lingerMs: 10 } : {});
      try {
        return report(await make(context, options, producerOutput(producer)));
      } finally {
        await producer.close();
      }
    });
  }
  if (options.out === '-') {
    const stop = new AbortController();
    const output = ndjsonOutput(1, () => stop.abort());
    const result = await make(context, options, output, stop.signal);
    // The stream is the result: what was made is told on stderr.
    return context.json ? report(result) : { result: undefined };
  }
  let file: number;
  try {
    file = openSync(options.out, 'w');
  } catch (error) {
    throw asDiskError(error, options.out);
  }
  try {
    return report(await make(context, options, ndjsonOutput(file)));
  } finally {
    closeSync(file);
  }
}

async function make(
  context: CommandContext,
  options: SimulateOptions,
  output: SimulationOutput,
  closed?: AbortSignal,
): Promise<SimulationResult> {
  const signal = closed === undefined ? context.signal : AbortSignal.any([context.signal, closed]);
  const common = {
    seed: options.seed,
    users: options.users,
    tracks: options.tracks,
    events: options.events,
    withTopic: options.out !== undefined,
    ...(options.catalogue === undefined
      ? {}
      : { catalogue: await readCatalogue(options.catalogue) }),
    faults: {
      duplicates: options.duplicates,
      late: options.late,
      malformed: options.malformed,
      outOfOrder: options.outOfOrder,
      ...(options.dropHour === undefined
        ? {}
        : { dropHour: instant('--drop-hour', options.dropHour) }),
    },
    signal,
    onProgress: (events: number) => context.progress(`${events.toLocaleString('en')} events`),
  };
  if (options.live) {
    return await simulateLive({ ...common, rate: options.rate, clock: context.clock }, output);
  }
  const from = options.from === undefined ? undefined : instant('--from', options.from);
  const to = options.to === undefined ? undefined : instant('--to', options.to);
  return await simulateHistory({ ...common, from, to }, output);
}

function check(options: SimulateOptions): void {
  const usage = (message: string, remedy: string) =>
    new TonearmError('TNA_USAGE', message, { remedy });
  if (options.users < 1 || options.tracks < 1) {
    throw usage('There must be at least one listener and one track.', 'Raise --users or --tracks.');
  }
  if (options.live) {
    if (options.from ?? options.to) {
      throw usage(
        '--live makes events now: it has no --from and no --to.',
        'Leave one of them out.',
      );
    }
    if (!(options.rate > 0)) throw usage('--rate must be above 0.', 'Give events a second.');
    return;
  }
  if (options.events === undefined && options.to === undefined) {
    throw usage(
      'Nothing says how much to simulate.',
      'Give --events N, or --from and --to, or --live.',
    );
  }
  if (options.from === undefined && options.to !== undefined) {
    throw usage('--to needs --from.', 'Give both.');
  }
  if (
    options.from &&
    options.to &&
    instant('--from', options.from) >= instant('--to', options.to)
  ) {
    throw usage('--from is not before --to.', 'Swap them.');
  }
}

function report(result: SimulationResult): CommandResult {
  const { produced } = result;
  const total = Object.values(produced).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(produced).map(
    ([topic, count]) => `${topic} ${count.toLocaleString('en')}`,
  );
  return {
    result: {
      produced,
      faults: result.faults,
      users: result.users,
      tracks: result.tracks,
      from: result.from,
      to: result.to,
    },
    text: `Made ${total.toLocaleString('en')} events: ${parts.join(', ')}.`,
  };
}
