import type { FastifyInstance, FastifyReply } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type ErrorCode, TonearmError } from '../errors.ts';

/** An error as RFC 9457 describes it, with Tonearm's code and remedy. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    remedy: z.string().optional(),
    errors: z.array(z.object({ parameter: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', title: 'An error (RFC 9457)' });

export type Problem = z.infer<typeof problem>;

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Sign-in needed',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  421: 'Misdirected request',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
};

/** Answers with a problem document. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  code: ErrorCode,
  detail: string,
  more: Pick<Problem, 'remedy' | 'errors'> = {},
): FastifyReply {
  const body: Problem = {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail,
    code,
    ...more,
  };
  return reply
    .code(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(body);
}

/** Every failure of every route becomes a problem document; what is unexpected is logged. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    if (hasZodFastifySchemaValidationErrors(error)) {
      const errors = error.validation.map((issue) => ({
        parameter: issue.instancePath.split('/').filter(Boolean).join('.') || '(request)',
        message: issue.message ?? 'is not valid',
      }));
      const detail = errors.map(({ parameter, message }) => `${parameter}: ${message}`).join('; ');
      return sendProblem(reply, 400, 'TNA_SERVING_PARAMETER_INVALID', detail, { errors });
    }
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status < 500) {
      return sendProblem(
        reply,
        status,
        status === 429 ? 'TNA_SERVING_TOO_MANY_REQUESTS' : 'TNA_SERVING_PARAMETER_INVALID',
        error instanceof Error ? error.message : String(error),
      );
    }
    request.log.error({ err: error, url: request.url.split('?')[0] }, 'A request failed.');
    if (error instanceof TonearmError) {
      return sendProblem(reply, 500, error.code, error.message, { remedy: error.remedy });
    }
    return sendProblem(reply, 500, 'TNA_SERVING_FAILED', 'The request failed; see the log.');
  });
}

/** Answers 404: nothing is known of a listener. */
export const sendUnknownListener = (reply: FastifyReply, user: string | undefined): FastifyReply =>
  sendProblem(
    reply,
    404,
    'TNA_SERVING_NOT_FOUND',
    `The marts hold no plays of a listener named ${user}.`,
    { remedy: 'GET /api/listeners?q= searches by name.' },
  );
