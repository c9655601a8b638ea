import rateLimit from '@fastify/rate-limit';
import type { Api } from './api.ts';

/**
 * Limits how often one client may ask: every route and every other address, before anything else is looked at. A public
 * route may have a stricter limit of its own with `config: { rateLimit }`.
 * @param perMinute requests of one address.
 */
export async function limitRequests(app: Api, perMinute: number): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    max: perMinute,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { statusCode, ttl }) =>
      Object.assign(
        new Error(`Too many requests: try again in ${Math.max(1, Math.ceil(ttl / 1000))} s.`),
        { statusCode },
      ),
  });
  const limit = app.rateLimit();
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config?.rateLimit === undefined) await limit.call(app, request, reply);
  });
}
