import { setTimeout as delay } from 'node:timers/promises';
import { AccessStore } from '../access/index.ts';
import { TonearmError } from '../errors.ts';
import { serveMetrics } from '../metrics-server.ts';
import { tryLock } from '../process-lock.ts';
import { requireSafeHost } from '../serving/index.ts';
import {
  login,
  openAccounts,
  openRequestLimit,
  Poller,
  type PollResult,
  reportAccounts,
  requireClientId,
  SpotifyClient,
} from '../sources/spotify-api/index.ts';
import { spotifyMetrics } from '../spotify-metrics.ts';
import { type CommandContext, type CommandResult, withLog } from './context.ts';
import { openForgotten, producerForMost, requireNotForgotten } from './forgotten-producer.ts';
import { knownListens } from './known-listens.ts';

const loginTimeoutMs = 10 * 60_000;
/** Listens that far back may be on Spotify's list of the newest fifty. */
const lookBackMs = 60 * 86_400_000;

const sleeping = (signal: AbortSignal) => async (ms: number) => {
  await delay(ms, undefined, { signal }).catch(() => undefined);
};

/** `tonearm spotify login`: signs a person in and keeps the tokens, encrypted. */
export async function spotifyLogin(
  context: CommandContext,
  options: { user?: string; port?: number },
): Promise<CommandResult> {
  const { config, clock, signal } = context;
  const { spotify } = config;
  const clientId = requireClientId(config);
  const accounts = openAccounts(config);
  const refuseForgotten = async (name: string) =>
    requireNotForgotten(await openForgotten(context), name, 'nobody is connected');
  if (options.user !== undefined) await refuseForgotten(options.user);
  const tokens = await login({
    fetch,
    accountsUrl: spotify.accountsUrl,
    clientId,
    clock,
    port: options.port ?? spotify.port,
    timeoutMs: loginTimeoutMs,
    signal,
    onAddress: (url) => context.say(`Open this address and allow access:\n\n  ${url}\n`),
  });
  const client = new SpotifyClient({
    fetch,
    apiUrl: spotify.apiUrl,
    limit: openRequestLimit(config, clock, sleeping(signal)),
    accessToken: async () => tokens.accessToken,
  });
  const { id } = await client.profile().catch((error) => {
    throw new TonearmError('TNA_SPOTIFY_UNAVAILABLE', (error as Error).message, {
      cause: error,
      remedy: 'Check that the app at Spotify names this person, then sign in again.',
    });
  });
  const user = options.user ?? id;
  await refuseForgotten(user);
  accounts.connect(user, id, tokens, clock());
  return {
    result: { user, spotify_id: id },
    text: `${user} is connected. ./tonearm up polls from now on, or: ./tonearm spotify poll --watch`,
  };
}

/** `tonearm spotify accounts`: who is connected, until when, and what went wrong. */
export async function spotifyAccounts(context: CommandContext): Promise<CommandResult> {
  const reports = reportAccounts(openAccounts(context.config), context.clock());
  const lines = reports.map((report) => {
    const gaps = report.gaps.length === 0 ? '' : `, ${report.gaps.length} gaps`;
    const line = `${report.user.padEnd(20)} ${report.state.padEnd(12)} signed in until ${report.sign_in_ends_at.slice(0, 10)}, polled ${report.polled_at ?? 'never'}${gaps}`;
    const more = [report.warning ?? report.problem].filter((one) => one !== null);
    const lost = report.gaps.map(({ from, to }) => `  plays are missing between ${from} and ${to}`);
    return [line, ...more.map((one) => `  ${one}`), ...lost].join('\n');
  });
  return {
    result: { accounts: reports },
    text: lines.length === 0 ? 'Nobody is connected: ./tonearm spotify login' : lines.join('\n'),
  };
}

/** `tonearm spotify logout USER`: forgets the tokens. What was heard stays. */
export async function spotifyLogout(
  context: CommandContext,
  _options: object,
  [user]: string[],
): Promise<CommandResult> {
  if (!openAccounts(context.config).remove(user!)) {
    return { result: { removed: false }, text: `${user} is not connected.`, exitCode: 99 };
  }
  const access = new AccessStore(context.config.access.directory, context.clock);
  access.closeSessions(user);
  access.close();
  return {
    result: { removed: true },
    text: `${user} is disconnected. To withdraw the access at Spotify too: https://www.spotify.com/account/apps`,
  };
}

/** `tonearm spotify poll`: asks for what is new, once or until it is stopped. */
export async function spotifyPoll(
  context: CommandContext,
  options: { watch?: boolean },
): Promise<CommandResult> {
  const { config, clock, signal } = context;
  const { spotify } = config;
  if (spotify.metricsPort !== undefined) requireSafeHost(config.host, false);
  const accounts = openAccounts(config);
  if (accounts.list().length === 0 && !options.watch) {
    return {
      result: { accounts: [] },
      text: 'Nobody is connected: ./tonearm spotify login',
      exitCode: 99,
    };
  }
  const lock = tryLock(`${spotify.directory}/poll.lock`);
  if (lock === undefined) {
    throw new TonearmError('TNA_PIPELINE_BUSY', 'Another process polls Spotify on the same data.', {
      remedy: 'Let it go on, or stop it first: ./tonearm up polls by itself.',
    });
  }
  try {
    return await withLog(context, async (log) => {
      const producer = await producerForMost(context, log, { lingerMs: 10 });
      const limit = openRequestLimit(config, clock, sleeping(signal));
      const metrics = spotifyMetrics(clock);
      const { metricsPort } = spotify;
      const server =
        options.watch && metricsPort !== undefined
          ? await serveMetrics(metrics.registry, config.host, metricsPort)
          : undefined;
      if (server !== undefined) context.say(`Metrics: ${server.url}`);
      const poller = new Poller({
        accounts,
        limit,
        fetch,
        apiUrl: spotify.apiUrl,
        accountsUrl: spotify.accountsUrl,
        clientId: requireClientId(config),
        clock,
        playerEveryMs: spotify.pollMs,
        say: context.say,
        knownListens: (user) => knownListens(context, user, { since: clock() - lookBackMs }),
        publish: async (user, events) => {
          for (const { topic, value } of events) await producer.send(topic, { key: user, value });
          await producer.flush();
        },
      });
      try {
        let results = await poller.round(!options.watch);
        metrics.polled(results, limit.waitingUntil);
        while (options.watch && !signal.aborted) {
          await sleeping(signal)(poller.restMs());
          if (signal.aborted) break;
          results = await poller.round();
          metrics.polled(results, limit.waitingUntil);
        }
        return report(results);
      } finally {
        await server?.close();
        await producer.close();
      }
    });
  } finally {
    lock.release();
  }
}

function report(results: readonly PollResult[]): CommandResult {
  const lines = results.map(({ user, produced, problem }) => {
    const { starts, plays, skips, likes } = produced;
    return `${user}: ${problem ?? `${plays} plays, ${starts} starts, ${skips} skips, ${likes} likes`}`;
  });
  const failed = results.filter(({ kind }) => kind !== undefined);
  const passing = failed.every(({ kind }) => kind === 'rate_limited' || kind === 'unavailable');
  const all = failed.length === results.length;
  return {
    result: { accounts: results },
    text: lines.join('\n'),
    exitCode: failed.length === 0 || !all ? 0 : passing ? 75 : 1,
  };
}
