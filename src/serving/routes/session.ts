import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { anonymous, type Grant, type Identity, roles } from '../../access/index.ts';
import type { AccessControl } from '../access-control.ts';
import { type Api, instant } from '../api.ts';
import { problem, sendProblem } from '../problem.ts';

const answer = z
  .object({
    authentication: z.boolean().describe('Whether one has to sign in here.'),
    role: z.enum(roles).describe('Without authentication everybody is the owner.'),
    user: z.string().nullable().describe('The listener that the account stands for.'),
    expires_at: instant.nullable().describe('When the session ends.'),
    spotify: z.boolean().describe('Whether one can sign in with Spotify.'),
    smallest_group: z
      .int()
      .min(1)
      .describe('What is shown of everyone leaves out groups of fewer listeners; 1: nothing is.'),
  })
  .meta({ id: 'Session' });

export interface SessionOptions {
  access: AccessControl;
  hasSpotify: boolean;
}

/** Signing in is tried by hand: anything quicker is guessing. */
export const signInLimit = { max: 20, timeWindow: 60_000 };

/** Who one is here, signing in with a token, and signing out. */
export function sessionRoutes(app: Api, { access, hasSpotify }: SessionOptions): void {
  const tell = (identity: Identity, expiresAt?: number) => ({
    authentication: access.required,
    role: identity.role,
    user: identity.user ?? null,
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    spotify: hasSpotify && access.required,
    smallest_group: access.smallestGroupFor(identity),
  });
  const document = { tags: ['access'], response: { 200: answer } };
  app.get(
    '/api/session',
    { config: { access: 'public' }, schema: { summary: 'Who one is here', ...document } },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { identity } = request;
      const secret = request.cookies[access.cookie];
      const session =
        identity.way === 'session' && secret !== undefined
          ? access.store.session(secret)
          : undefined;
      return tell(identity, session?.expiresAt);
    },
  );
  app.post(
    '/api/session',
    {
      config: { access: 'public', rateLimit: signInLimit },
      schema: {
        summary: 'Sign in with a token',
        description:
          'Sets the cookie of a session. Scripts send the token with each request instead.',
        ...document,
        body: z.strictObject({ token: z.string().min(1).max(200) }),
        response: { 200: answer, 401: problem },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      if (!access.required) return tell(request.identity);
      const token = access.store.findToken(request.body.token.trim());
      if (token === undefined) {
        return sendProblem(
          reply,
          401,
          'TNA_ACCESS_SIGN_IN',
          'This token is not known here, was taken back or has expired.',
          { remedy: 'The owner makes one with: ./tonearm access token' },
        );
      }
      return tell(...startSession(access, request, reply, token, `token:${token.id}`));
    },
  );
  app.delete(
    '/api/session',
    { config: { access: 'public' }, schema: { summary: 'Sign out', ...document } },
    async (request, reply) => {
      const secret = request.cookies[access.cookie];
      if (secret !== undefined) access.store.closeSession(secret);
      reply
        .clearCookie(access.cookie, access.cookieOptions)
        .headers({ 'cache-control': 'no-store', 'clear-site-data': '"cache"' });
      return tell(request.identity.way === 'session' ? anonymous : request.identity);
    },
  );
}

/** Begins a session and ends the one before it: a session never outlives a change of account. */
export function startSession(
  access: AccessControl,
  request: FastifyRequest,
  reply: FastifyReply,
  { role, user }: Grant,
  by: string,
): [Identity, number] {
  const { store, settings } = access;
  const before = request.cookies[access.cookie];
  if (before !== undefined) store.closeSession(before);
  const secret = store.openSession({ role, user }, by, settings.sessionMs);
  const session = store.session(secret)!;
  reply.setCookie(access.cookie, secret, {
    ...access.cookieOptions,
    maxAge: Math.floor(settings.sessionMs / 1000),
  });
  return [{ role, user, way: 'session' }, session.expiresAt];
}
