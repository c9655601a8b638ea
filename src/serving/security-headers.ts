import helmet from '@fastify/helmet';
import type { Api } from './api.ts';

/**
 * Headers that every answer carries. Scripts come from this server's files alone; styles may stand in the page, since
 * charts bring theirs with them.
 * @param isHttps browsers are told to come by https from now on.
 */
export async function addSecurityHeaders(app: Api, isHttps: boolean): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    hsts: isHttps && { maxAge: 15_552_000, includeSubDomains: false },
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=()');
  });
}
