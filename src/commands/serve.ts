import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { pino } from 'pino';
import { buildWeb } from '../../scripts/build-web.mjs';
import { type Config, defaultPlan } from '../config.ts';
import { planOf, reportCost } from '../cost/index.ts';
import { openLake } from '../lake/index.ts';
import { openDeadLetters } from '../lake/read-dead-letters.ts';
import { replayDeadLetters } from '../lake/replay-dead-letters.ts';
import { lakeStateOf, startServer } from '../serving/index.ts';
import { openAccounts, reportAccounts } from '../sources/spotify-api/index.ts';
import { lastBill } from './bill.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { openForgotten } from './forgotten-producer.ts';
import { ownData } from './own-data.ts';
import { spotifySignIn } from './spotify-sign-in.ts';

/** How often the live view looks whether somebody was erased, ms. */
const forgottenMs = 2500;

/** The settings with another port, where one was given. */
export const withPort = (config: Config, port: number | undefined): Config =>
  port === undefined ? config : Object.freeze({ ...config, port });

/**
 * How much the heap may grow beyond what lives in it before it is collected, percent. A collection holds answers up for
 * some 20 ms; by V8's own measure one came every ten seconds, though there was memory.
 */
const heapGrowth = 400;

/** `tonearm serve`: the API and the web app until it is stopped. */
export async function serve(
  context: CommandContext,
  options: { port?: number },
): Promise<CommandResult> {
  setFlagsFromString(`--heap-growing-percent=${heapGrowth}`);
  const config = withPort(context.config, options.port);
  const problem = buildWeb(context.say);
  if (problem !== undefined) context.say(problem);
  return await withLog(context, async (log) => {
    const lake = await openLake(config, context.clock);
    const logger = pino(
      { level: config.logLevel === 'info' ? 'warn' : config.logLevel },
      pino.destination(2),
    );
    const forgotten = await openForgotten(context);
    const looking = setInterval(() => {
      forgotten.refresh().catch(() => undefined);
    }, forgottenMs);
    const server = await startServer({
      config,
      log,
      lakeState: lakeStateOf(lake),
      deadLetters: () => openDeadLetters(lake),
      replay: (filter) =>
        replayDeadLetters({ lake, log, clock: context.clock, filter, signal: context.signal }),
      ownData: ownData(context, { log, lake }),
      isForgotten: (user) => forgotten.has(user),
      forgottenEntries: () => forgotten.entries,
      sourceAccounts: () => reportAccounts(openAccounts(config), context.clock()),
      cost: async () =>
        reportCost({
          basis: 'measured',
          plan: planOf(config, defaultPlan),
          config,
          lake,
          now: context.clock(),
          billed: await lastBill(config, context.clock()),
        }),
      spotify: spotifySignIn(config, { clock: context.clock, fetch }),
      clock: context.clock,
      logger,
    });
    context.say(`Open ${config.access.publicUrl ?? server.url}`);
    for (const line of server.notes) context.say(line);
    if (!existsSync(join(config.martsDirectory, 'current.json'))) {
      context.say('Nothing is published yet: ./tonearm run makes the first marts.');
    }
    await stopped(context.signal);
    clearInterval(looking);
    await server.close();
    return { result: { url: server.url } };
  });
}

/** Resolves when the signal is given. */
export const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
