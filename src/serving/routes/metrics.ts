import type { Api } from '../api.ts';
import type { MetricsFacts, ServerMetrics } from '../metrics.ts';

/** Metrics for Prometheus, and the time of every answer. */
export function metricsRoutes(
  app: Api,
  metrics: ServerMetrics,
  collect: () => Promise<MetricsFacts>,
): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.answered(
      { method: request.method, route, status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
  });
  app.get(
    '/metrics',
    { config: { access: 'operator' }, schema: { hide: true } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store').type(metrics.contentType);
      return await metrics.page(await collect());
    },
  );
}
