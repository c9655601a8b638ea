import type { FastifyInstance } from 'fastify';
import { TonearmError } from '../errors.ts';
import { sendProblem } from './problem.ts';

const loopbackName = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/**
 * Until there is authentication the server listens on this machine alone.
 * @throws TonearmError TNA_SERVING_HOST_REFUSED
 */
export function requireLoopback(host: string): void {
  if (loopbackName.test(host)) return;
  throw new TonearmError(
    'TNA_SERVING_HOST_REFUSED',
    `The server does not listen on ${host}: there is no authentication yet, so it would show everyone's listening to the network.`,
    { remedy: 'Leave TONEARM_HOST at 127.0.0.1; reach it from elsewhere through an SSH tunnel.' },
  );
}

/** The name in a Host header without its port. */
const hostName = (header: string): string => header.replace(/:\d+$/, '');

/**
 * Refuses requests that name another host. A page elsewhere whose DNS name is made to point at
 * 127.0.0.1 (DNS rebinding) would otherwise read the API as if it were its own.
 */
export function refuseForeignHosts(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const header = request.headers.host ?? '';
    if (loopbackName.test(hostName(header))) return;
    return sendProblem(
      reply,
      421,
      'TNA_SERVING_HOST_REFUSED',
      'The Host header does not name this machine.',
      { remedy: 'Open http://127.0.0.1 or http://localhost with the port that was printed.' },
    );
  });
}

const headers = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Headers that every answer carries. Scripts come from this server's files alone. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
}
