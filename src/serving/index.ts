/**
 * The HTTP API and the web app: live listening from the log, history from the published marts,
 * and the state of every stage.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyBaseLogger } from 'fastify';
import { AccessStore } from '../access/index.ts';
import { channelsOf, readBook } from '../alerts/index.ts';
import type { Config } from '../config.ts';
import type { CostReport } from '../cost/index.ts';
import { TonearmError } from '../errors.ts';
import type { DeadLetterReader } from '../lake/read-dead-letters.ts';
import { LiveView } from '../live/index.ts';
import type { EventLog } from '../log/port.ts';
import { modelDocsPath, readLineage, readTestResults } from '../warehouse/index.ts';
import { AccessControl } from './access-control.ts';
import { createApp } from './app.ts';
import { CurrentMarts } from './current-marts.ts';
import { isLoopback, requireSafeHost } from './hosts.ts';
import type { LakeStateProvider } from './lake-state.ts';
import { LiveStream } from './live-stream.ts';
import { publishedMarts } from './marts-pointer.ts';
import type { MetricsFacts } from './metrics.ts';
import { collectPipelineState } from './pipeline-state.ts';
import type { DeclaredRoute } from './route-access.ts';
import type { Replay } from './routes/dead-letters.ts';
import type { OwnData } from './routes/own-data.ts';
import type { SourceAccounts } from './routes/sources.ts';
import { RunFiles } from './run-files.ts';
import type { SpotifySignIn } from './spotify-sign-in.ts';

export { isRequired } from './access-control.ts';
export { requireSafeHost } from './hosts.ts';
export { type LakeState, type LakeStateProvider, lakeStateOf } from './lake-state.ts';
export { readLogState } from './log-state.ts';
export { publishedMarts } from './marts-pointer.ts';
export { collectPipelineState, type PipelineState } from './pipeline-state.ts';
export type { ErasureJob, OwnData } from './routes/own-data.ts';
export { RunFiles } from './run-files.ts';
export type { SpotifySignIn } from './spotify-sign-in.ts';

const projectDirectory = fileURLToPath(new URL('../../', import.meta.url));

export interface ServerOptions {
  config: Config;
  /** Stays open when the server closes. */
  log: EventLog;
  lakeState: LakeStateProvider;
  /** Opens the letters that the lake holds now; without it there is no route to them. */
  deadLetters?: (() => Promise<DeadLetterReader>) | undefined;
  /** Gives letters a second try; without it there is no route to it. */
  replay?: Replay | undefined;
  /** Accounts that are polled; without them there is no route to them. */
  sourceAccounts?: SourceAccounts | undefined;
  /** What a listener may do with their own data; without it there are no routes to it. */
  ownData?: OwnData | undefined;
  /** True for listeners who were erased: the live view shows nothing of them. */
  isForgotten?: ((user: string) => boolean) | undefined;
  /** Rises whenever somebody is erased. */
  forgottenEntries?: (() => number) | undefined;
  /** What this month would cost; without it there is no route to it. */
  cost?: (() => Promise<CostReport>) | undefined;
  /** Lets people sign in with Spotify, where they have to sign in. */
  spotify?: SpotifySignIn | undefined;
  /** Milliseconds since the epoch. */
  clock: () => number;
  logger: FastifyBaseLogger;
  /** Closes the server when aborted. */
  signal?: AbortSignal;
  /** Folder of the built web app; the project's own by default. */
  webAppDirectory?: string;
}

export interface RunningServer {
  /** Where it listens, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Every route, with who may use it. */
  readonly routes: readonly DeclaredRoute[];
  /** What whoever started it should know about access, one sentence each. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts the live view, loads the published marts and listens.
 * @throws TonearmError TNA_SERVING_HOST_REFUSED, TNA_SERVING_PORT_IN_USE
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log, lakeState, clock, logger, signal } = options;
  const access = new AccessControl(new AccessStore(config.access.directory, clock), config.access);
  requireSafeHost(config.host, access.required);
  const runs = new RunFiles(config.runsDirectory);
  const marts = new CurrentMarts({ readPointer: () => publishedMarts(config), logger });
  const view = new LiveView({
    log,
    clock,
    isForgotten: options.isForgotten,
    forgottenEntries: options.forgottenEntries,
    onError: (error) => logger.warn({ err: error }, 'The live view cannot read the log.'),
  });
  const stream = new LiveStream(view);
  const collectState = async () => {
    const [lastRun] = await runs.newest(1);
    return await collectPipelineState({
      config,
      log,
      lakeState,
      lastRun,
      published: marts.current?.published,
      martsProblem: marts.problem,
      live: view.status(),
      now: clock(),
    });
  };
  const collectMetrics = async (): Promise<MetricsFacts> => {
    const [lastRun] = await runs.newest(1);
    return {
      state: await collectState(),
      lastRun,
      book: await readBook(config),
      live: view.status(),
      liveClients: stream.clients,
      now: clock(),
    };
  };
  let url = '';
  const app = await createApp({
    config,
    access,
    // Spotify sends people back to https or to this machine by its number.
    spotify:
      config.access.publicUrl !== undefined || isLoopback(config.host)
        ? options.spotify
        : undefined,
    origin: () => config.access.publicUrl ?? url,
    marts,
    runs,
    view,
    stream,
    collectState,
    collectMetrics,
    modelDocs: modelDocsPath(config),
    buildRecords: async () => ({
      lineage: await readLineage(config),
      tested: await readTestResults(config, 200),
    }),
    alertState: async () => ({
      book: await readBook(config),
      channels: channelsOf(config).map(({ name }) => name),
      runbooksUrl: config.alerts.runbooksUrl,
    }),
    cost: options.cost,
    deadLetters: options.deadLetters,
    replay: options.replay,
    sourceAccounts: options.sourceAccounts,
    ownData: options.ownData,
    clock,
    logger,
    version: packageVersion(),
    webAppDirectory: options.webAppDirectory ?? `${projectDirectory}dashboards/web/dist`,
  });
  const close = async () => {
    signal?.removeEventListener('abort', onAbort);
    stream.close();
    await app.close();
    await view.close();
    await marts.close();
    access.store.close();
  };
  const onAbort = () => void close();
  try {
    await marts.start();
    view.start();
    url = await app.listen({ host: config.host, port: config.port });
    signal?.addEventListener('abort', onAbort, { once: true });
    return {
      url,
      routes: app.declaredRoutes,
      notes: notesOn(config, access, options.spotify !== undefined),
      close,
    };
  } catch (error) {
    await close();
    throw asListenError(error, config);
  }
}

function notesOn(config: Config, access: AccessControl, hasSpotify: boolean): string[] {
  const { host } = config;
  const { publicUrl } = config.access;
  const notes: string[] = [];
  if (!access.required) return notes;
  if (!access.store.hasAccounts && !hasSpotify) {
    notes.push('Nobody can sign in yet: ./tonearm access token');
  }
  if (!isLoopback(host) && !publicUrl?.startsWith('https:')) {
    notes.push(
      `What goes to and from ${host} is not encrypted: put a proxy with TLS before it and set TONEARM_PUBLIC_URL=https://…`,
    );
  }
  return notes;
}

function asListenError(error: unknown, { host, port }: Config): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new TonearmError(
      'TNA_SERVING_PORT_IN_USE',
      `Port ${port} on ${host} is taken by another program.`,
      { cause: error, remedy: 'Choose another with TONEARM_PORT, for example TONEARM_PORT=8081.' },
    );
  }
  if (code === 'EACCES') {
    return new TonearmError(
      'TNA_SERVING_PORT_IN_USE',
      `Port ${port} on ${host} may not be used by this user.`,
      { cause: error, remedy: 'Choose a port above 1023 with TONEARM_PORT.' },
    );
  }
  return error;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
