import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CurrentMarts } from './current-marts.ts';
import type { Marts } from './marts.ts';

/** The Fastify application with schemas from zod. */
export type Api = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export const count = z.int().min(0);
export const instant = z.string().describe('RFC 3339, UTC.');
export const day = z.iso.date();

/** A listener named in a request. */
export const userParameter = z.string().min(1).max(200);
export const limitParameter = (fallback: number, most: number) =>
  z.coerce.number().int().min(1).max(most).default(fallback);

/** First and last day, both included; all of time when left out. */
export const rangeParameters = {
  from: day.optional().describe('First day, UTC.'),
  to: day.optional().describe('Last day, UTC, included.'),
};

/**
 * Marks an answer with the version of the marts it comes from and, where less is shown, for whom. When the client has that
 * version already it gets 304, and the handler has nothing left to do.
 * @returns the marts to answer from; undefined before the first publish or when 304 was sent.
 */
export function currentMarts(
  marts: CurrentMarts,
  request: FastifyRequest,
  reply: FastifyReply,
): { marts: Marts | undefined; unchanged: boolean } {
  const current = marts.current;
  reply.header('cache-control', 'no-cache');
  if (current === undefined) return { marts: undefined, unchanged: false };
  // Others may see less: what was kept of an account before must not be taken for one's own.
  const { role, user = '' } = request.identity;
  const whose = role === 'owner' ? '' : `-${role}-${Buffer.from(user).toString('base64url')}`;
  const etag = `"marts-${current.published.version}${whose}"`;
  reply.header('etag', etag);
  const held = request.headers['if-none-match'] ?? '';
  const unchanged = held.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  if (unchanged) reply.code(304).send();
  return { marts: current, unchanged };
}
