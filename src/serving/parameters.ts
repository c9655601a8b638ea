import { z } from 'zod';
import type { Api } from './api.ts';
import { sendProblem } from './problem.ts';

/** What a default or an optional stands around. */
function innermost(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional) inner = inner.unwrap();
  return inner;
}

/** `limit=` is no number: coercion alone would take it for 0. */
export function refuseEmptyNumbers(app: Api): void {
  app.addHook('preValidation', async (request, reply) => {
    const { querystring } = request.routeOptions.schema ?? {};
    if (!(querystring instanceof z.ZodObject)) return;
    for (const [name, value] of Object.entries((request.query ?? {}) as Record<string, unknown>)) {
      if (value !== '' || !(innermost(querystring.shape[name]) instanceof z.ZodNumber)) continue;
      const message = 'must be a number';
      return sendProblem(reply, 400, 'TNA_SERVING_PARAMETER_INVALID', `${name}: ${message}`, {
        errors: [{ parameter: name, message }],
      });
    }
  });
}

/** An address that is a route's, asked with another method, gets 405 and what it takes. */
export function refuseOtherMethods(app: Api): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const path = request.url.split('?')[0] ?? '';
    const parts = path.split('/');
    const methods = app.declaredRoutes
      .filter(({ url }) => {
        const pattern = url.split('/');
        return (
          pattern.length === parts.length &&
          pattern.every((part, index) => part.startsWith(':') || part === parts[index])
        );
      })
      .map(({ method }) => method);
    if (methods.length === 0) return;
    const taken = methods.join(', ');
    return sendProblem(
      reply.header('allow', taken),
      405,
      'TNA_SERVING_NOT_FOUND',
      `This address takes ${taken}, not ${request.method}.`,
    );
  });
}
