import fastifyCookie from '@fastify/cookie';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Config } from '../config.ts';
import type { CostReport } from '../cost/index.ts';
import type { DeadLetterReader } from '../lake/read-dead-letters.ts';
import type { LiveView } from '../live/index.ts';
import type { Lineage, RunTests } from '../warehouse/index.ts';
import type { AccessControl } from './access-control.ts';
import type { Api } from './api.ts';
import type { CurrentMarts } from './current-marts.ts';
import { describeApi, docsRoutes } from './docs-page.ts';
import { refuseForeignHosts } from './hosts.ts';
import type { LiveStream } from './live-stream.ts';
import { type MetricsFacts, serverMetrics } from './metrics.ts';
import { refuseEmptyNumbers, refuseOtherMethods } from './parameters.ts';
import type { PipelineState } from './pipeline-state.ts';
import { handleErrors, sendProblem } from './problem.ts';
import { limitRequests } from './request-limits.ts';
import { guardRoutes } from './route-access.ts';
import { type AlertState, alertRoutes } from './routes/alerts.ts';
import { costRoutes } from './routes/cost.ts';
import { deadLetterRoutes, type Replay, replayRoute } from './routes/dead-letters.ts';
import { habitRoutes } from './routes/habits.ts';
import { healthRoutes } from './routes/health.ts';
import { lineageRoutes } from './routes/lineage.ts';
import { listenerRoutes } from './routes/listeners.ts';
import { liveRoutes } from './routes/live.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelDocsRoutes } from './routes/model-docs.ts';
import { type OwnData, ownDataRoutes } from './routes/own-data.ts';
import { recommendationRoutes } from './routes/recommendations.ts';
import { runRoutes } from './routes/runs.ts';
import { sessionRoutes } from './routes/session.ts';
import { type SourceAccounts, sourceRoutes } from './routes/sources.ts';
import { spotifySessionRoutes } from './routes/spotify-session.ts';
import { statusRoutes } from './routes/status.ts';
import { testRoutes } from './routes/tests.ts';
import { trendRoutes } from './routes/trends.ts';
import { volumeRoutes } from './routes/volume.ts';
import { wrappedRoutes } from './routes/wrapped.ts';
import type { RunFiles } from './run-files.ts';
import { addSecurityHeaders } from './security-headers.ts';
import type { SpotifySignIn } from './spotify-sign-in.ts';
import { serveWebApp } from './web-app.ts';

export interface AppOptions {
  config: Pick<Config, 'host' | 'access'>;
  access: AccessControl;
  /** Absent where nobody can sign in with Spotify. */
  spotify?: SpotifySignIn | undefined;
  /** Where browsers reach the server. */
  origin: () => string;
  marts: CurrentMarts;
  runs: RunFiles;
  view: LiveView;
  stream: LiveStream;
  collectState: () => Promise<PipelineState>;
  collectMetrics: () => Promise<MetricsFacts>;
  /** File with the pages about the models. */
  modelDocs: string;
  /** What is kept of the builds. */
  buildRecords: () => Promise<{ lineage: Lineage | undefined; tested: readonly RunTests[] }>;
  alertState: () => Promise<AlertState>;
  cost?: (() => Promise<CostReport>) | undefined;
  deadLetters?: (() => Promise<DeadLetterReader>) | undefined;
  replay?: Replay | undefined;
  sourceAccounts?: SourceAccounts | undefined;
  ownData?: OwnData | undefined;
  clock: () => number;
  logger: FastifyBaseLogger;
  /** Version of Tonearm. */
  version: string;
  /** Folder of the built web app, absolute. */
  webAppDirectory: string;
}

/** The HTTP application with all its routes, not yet listening. */
export async function createApp(options: AppOptions): Promise<Api> {
  const { config, access, marts, runs, view, stream, clock, version } = options;
  const { publicUrl } = config.access;
  const app: Api = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    bodyLimit: 64 * 1024,
    // What a proxy on this machine says of the client counts where there is such a proxy.
    trustProxy: publicUrl === undefined ? false : 'loopback',
    // Longer than any request line may be: the schemas say what is too long.
    routerOptions: { maxParamLength: 20_000 },
    frameworkErrors: (error, _request, reply) => {
      const status = error.statusCode ?? 400;
      sendProblem(reply, status, 'TNA_SERVING_PARAMETER_INVALID', error.message);
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  handleErrors(app);
  await addSecurityHeaders(app, publicUrl?.startsWith('https:') ?? false);
  refuseForeignHosts(app, config);
  await limitRequests(app, config.access.requestsPerMinute);
  await app.register(fastifyCookie);
  guardRoutes(app, access);
  refuseOtherMethods(app);
  refuseEmptyNumbers(app);
  await describeApi(app, version);
  await serveWebApp(app, options.webAppDirectory);
  sessionRoutes(app, { access, hasSpotify: options.spotify !== undefined });
  const { spotify, origin } = options;
  if (spotify !== undefined) spotifySessionRoutes(app, { access, spotify, origin, clock });
  metricsRoutes(app, serverMetrics(version), options.collectMetrics);
  statusRoutes(app, { marts, runs, clock, version });
  liveRoutes(app, view, stream, access);
  trendRoutes(app, marts);
  habitRoutes(app, marts);
  wrappedRoutes(app, marts);
  listenerRoutes(app, marts);
  recommendationRoutes(app, marts);
  healthRoutes(app, options.collectState);
  runRoutes(app, runs);
  lineageRoutes(app, options.buildRecords);
  testRoutes(app, options.buildRecords);
  volumeRoutes(app, marts);
  alertRoutes(app, options.alertState);
  if (options.cost !== undefined) costRoutes(app, options.cost);
  if (options.deadLetters !== undefined) deadLetterRoutes(app, options.deadLetters);
  if (options.replay !== undefined) replayRoute(app, options.replay);
  if (options.sourceAccounts !== undefined) sourceRoutes(app, options.sourceAccounts);
  if (options.ownData !== undefined) ownDataRoutes(app, options.ownData);
  docsRoutes(app);
  modelDocsRoutes(app, options.modelDocs);
  await app.ready();
  return app;
}
