import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Access, type Identity, maySee, mayUse } from '../access/index.ts';
import { type AccessControl, bearerOf } from './access-control.ts';
import type { Api } from './api.ts';
import { sendProblem } from './problem.ts';

/** A route and who may use it. */
export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly access: Access | undefined;
}

declare module 'fastify' {
  interface FastifyInstance {
    declaredRoutes: DeclaredRoute[];
  }
  interface FastifyContextConfig {
    /** Who may use the route; a route that does not say is the owner's alone. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Who asks. */
    identity: Identity;
    /** Fewer listeners than this are no group that may be shown to them; 1 when nothing is hidden. */
    smallestGroup: number;
  }
}

/** Parameters by which a route names a listener, in its path, its query or its body. */
const listenerParameters = ['user', 'user_id', 'with'];

/**
 * Keeps every route for those who may use it. Call it before the routes are added.
 * Cookies must be read before.
 */
export function guardRoutes(app: Api, control: AccessControl): void {
  app.decorate('declaredRoutes', []);
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat()) {
      app.declaredRoutes.push({ method: one, url, access: config?.access });
    }
  });
  app.decorateRequest('identity', null as never);
  app.decorateRequest('smallestGroup', 1);
  app.addHook('onRequest', async (request, reply) => {
    request.identity = control.identify(request);
    request.smallestGroup = control.smallestGroupFor(request.identity);
    reply.header('vary', 'Cookie, Authorization');
    // An address without a route: the web app's own files, or 404.
    if (request.is404) return;
    const access = request.routeOptions.config.access ?? 'owner';
    if (!mayUse(request.identity, access)) return refuse(request, reply, access);
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 || isSafe(request.method) || isOwnRequest(request)) return;
    return sendProblem(
      reply,
      403,
      'TNA_ACCESS_FOREIGN_PAGE',
      'A request that changes something must come from the web app itself.',
      { remedy: 'A script sends the header X-Tonearm: 1, or an API token.' },
    );
  });
  // After validation: a parameter is one text by then.
  app.addHook('preHandler', async (request, reply) => {
    const stranger = namedListeners(request).find((name) => !maySee(request.identity, name));
    if (request.is404 || stranger === undefined) return;
    return sendProblem(
      reply,
      403,
      'TNA_ACCESS_DENIED',
      request.identity.user === undefined
        ? 'This account sees no single listener.'
        : `You are signed in as ${request.identity.user} and see that listener alone.`,
    );
  });
}

const isSafe = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method);

/**
 * Pages elsewhere can send requests here with this browser's cookies, and to this machine's loopback. They can set
 * neither `Origin` nor, without being asked first, a header of their own.
 */
function isOwnRequest({ headers, identity }: FastifyRequest): boolean {
  if (identity.way === 'token') return true;
  const { origin, host } = headers;
  if (origin === undefined) return headers['x-tonearm'] !== undefined;
  return URL.canParse(origin) && new URL(origin).host === host;
}

function refuse(request: FastifyRequest, reply: FastifyReply, access: Access) {
  if (request.identity.role === 'anonymous') {
    return sendProblem(
      reply.header('www-authenticate', 'Bearer realm="Tonearm"'),
      401,
      'TNA_ACCESS_SIGN_IN',
      bearerOf(request) === undefined
        ? 'Sign in to see this.'
        : 'This token is not known here, was taken back or has expired.',
      { remedy: 'Open the web app, or send a token: Authorization: Bearer <token>.' },
    );
  }
  return sendProblem(reply, 403, 'TNA_ACCESS_DENIED', `This is for the ${access} alone.`);
}

function namedListeners(request: FastifyRequest): string[] {
  return [request.params, request.query, request.body].flatMap((part) =>
    typeof part !== 'object' || part === null
      ? []
      : listenerParameters
          .map((name) => (part as Record<string, unknown>)[name])
          .filter((value) => value !== undefined && value !== null)
          .map(String),
  );
}
