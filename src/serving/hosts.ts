import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { TonearmError } from '../errors.ts';
import { sendProblem } from './problem.ts';

const loopbackName = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

export const isLoopback = (host: string): boolean => loopbackName.test(host);

/**
 * Without authentication the server listens on this machine alone.
 * @param authenticated true when whoever calls has to sign in.
 * @throws TonearmError TNA_SERVING_HOST_REFUSED
 */
export function requireSafeHost(host: string, authenticated: boolean): void {
  if (authenticated || isLoopback(host)) return;
  throw new TonearmError(
    'TNA_SERVING_HOST_REFUSED',
    `The server does not listen on ${host} without authentication: it would show everyone's listening to the network.`,
    {
      remedy:
        'Make a token first (./tonearm access token), or leave TONEARM_HOST at 127.0.0.1 and reach it through an SSH tunnel.',
    },
  );
}

/** The name in a Host header without its port. */
const hostName = (header: string): string => header.replace(/:\d+$/, '');

/**
 * Refuses requests that name another host. A page elsewhere whose DNS name is made to point at
 * this server (DNS rebinding) would otherwise read the API as if it were its own. An address that is
 * a number can't be such a name.
 */
export function refuseForeignHosts(
  app: FastifyInstance,
  { host: bound, access }: Pick<Config, 'host' | 'access'>,
): void {
  const publicHost = access.publicUrl && new URL(access.publicUrl).host;
  const byNumber = !isLoopback(bound);
  app.addHook('onRequest', async (request, reply) => {
    const header = (request.headers.host ?? '').toLowerCase();
    const name = hostName(header);
    if (isLoopback(name) || header === publicHost) return;
    if (byNumber && isIP(name.replace(/^\[|\]$/g, '')) !== 0) return;
    return sendProblem(
      reply,
      421,
      'TNA_SERVING_HOST_REFUSED',
      byNumber
        ? 'The Host header does not name this server.'
        : 'The Host header does not name this machine.',
      {
        remedy: byNumber
          ? 'Open it by the address in TONEARM_PUBLIC_URL, or by its number.'
          : 'Open http://127.0.0.1 or http://localhost with the port that was printed.',
      },
    );
  });
}
