import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { localOwner } from '../access/index.ts';
import type { CostReport } from '../cost/index.ts';
import type { DeadLetterReader } from '../lake/read-dead-letters.ts';
import type { LiveView } from '../live/index.ts';
import type { Lineage, RunTests } from '../warehouse/index.ts';
import type { Api } from './api.ts';
import type { CurrentMarts } from './current-marts.ts';
import { describeApi, docsRoutes } from './docs-page.ts';
import type { LiveStream } from './live-stream.ts';
import { addSecurityHeaders, refuseForeignHosts } from './loopback.ts';
import { type MetricsFacts, serverMetrics } from './metrics.ts';
import type { PipelineState } from './pipeline-state.ts';
import { handleErrors } from './problem.ts';
import { guardRoutes } from './route-access.ts';
import { type AlertState, alertRoutes } from './routes/alerts.ts';
import { costRoutes } from './routes/cost.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { healthRoutes } from './routes/health.ts';
import { lineageRoutes } from './routes/lineage.ts';
import { listenerRoutes } from './routes/listeners.ts';
import { liveRoutes } from './routes/live.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { recommendationRoutes } from './routes/recommendations.ts';
import { runRoutes } from './routes/runs.ts';
import { statusRoutes } from './routes/status.ts';
import { testRoutes } from './routes/tests.ts';
import { trendRoutes } from './routes/trends.ts';
import type { RunFiles } from './run-files.ts';
import { serveWebApp } from './web-app.ts';

export interface AppOptions {
  marts: CurrentMarts;
  runs: RunFiles;
  view: LiveView;
  stream: LiveStream;
  collectState: () => Promise<PipelineState>;
  collectMetrics: () => Promise<MetricsFacts>;
  /** What is kept of the builds. */
  buildRecords: () => Promise<{ lineage: Lineage | undefined; tested: readonly RunTests[] }>;
  alertState: () => Promise<AlertState>;
  cost?: (() => Promise<CostReport>) | undefined;
  deadLetters?: (() => Promise<DeadLetterReader>) | undefined;
  clock: () => number;
  logger: FastifyBaseLogger;
  /** Version of Tonearm. */
  version: string;
  /** Folder of the built web app, absolute. */
  webAppDirectory: string;
}

/** The HTTP application with all its routes, not yet listening. */
export async function createApp(options: AppOptions): Promise<Api> {
  const { marts, runs, view, stream, clock, version } = options;
  const app: Api = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: 600 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  handleErrors(app);
  addSecurityHeaders(app);
  refuseForeignHosts(app);
  guardRoutes(app, () => localOwner);
  await describeApi(app, version);
  await serveWebApp(app, options.webAppDirectory);
  metricsRoutes(app, serverMetrics(version), options.collectMetrics);
  statusRoutes(app, { marts, runs, clock, version });
  liveRoutes(app, view, stream);
  trendRoutes(app, marts);
  listenerRoutes(app, marts);
  recommendationRoutes(app, marts);
  healthRoutes(app, options.collectState);
  runRoutes(app, runs);
  lineageRoutes(app, options.buildRecords);
  testRoutes(app, options.buildRecords);
  alertRoutes(app, options.alertState);
  if (options.cost !== undefined) costRoutes(app, options.cost);
  if (options.deadLetters !== undefined) deadLetterRoutes(app, options.deadLetters);
  docsRoutes(app);
  await app.ready();
  return app;
}
