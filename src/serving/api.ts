import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

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
