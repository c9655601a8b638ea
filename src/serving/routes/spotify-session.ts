import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { isSameSecret } from '../../access/index.ts';
import type { AccessControl } from '../access-control.ts';
import type { Api } from '../api.ts';
import { BegunSignIns, ownPage, type SpotifySignIn } from '../spotify-sign-in.ts';
import { signInLimit, startSession } from './session.ts';

const begunCookie = 'tonearm_sign_in';
const redirectPath = '/callback';

export interface SpotifySessionOptions {
  access: AccessControl;
  spotify: SpotifySignIn;
  /** Where browsers reach the server, as Spotify sends them back: `http://127.0.0.1:8080`. */
  origin: () => string;
  clock: () => number;
}

/** Signing in with Spotify: there, and back at `/callback`. */
export function spotifySessionRoutes(
  app: Api,
  { access, spotify, origin, clock }: SpotifySessionOptions,
): void {
  const begun = new BegunSignIns(clock);
  // The way back begins at Spotify: a strict cookie would stay behind.
  const cookie = { ...access.cookieOptions, sameSite: 'lax' as const };
  const config = { access: 'public' as const, rateLimit: signInLimit };
  app.get(
    '/api/session/spotify',
    {
      config,
      schema: { hide: true, querystring: z.object({ next: z.string().max(500).default('/') }) },
    },
    async (request, reply) => {
      const here = origin();
      const next = ownPage(request.query.next);
      // The browser must come back to the host that its cookie belongs to.
      if (request.headers.host !== new URL(here).host) {
        return reply.redirect(`${here}/api/session/spotify?${new URLSearchParams({ next })}`);
      }
      const redirectUri = here + redirectPath;
      const { verifier, state, address } = spotify.begin(redirectUri);
      const key = begun.add({ verifier, state, redirectUri, next });
      return reply
        .header('cache-control', 'no-store')
        .setCookie(begunCookie, key, { ...cookie, maxAge: 600 })
        .redirect(address);
    },
  );
  app.get(
    redirectPath,
    {
      config,
      schema: {
        hide: true,
        querystring: z.object({
          code: z.string().max(2000).optional(),
          state: z.string().max(500).optional(),
          error: z.string().max(200).optional(),
        }),
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store').clearCookie(begunCookie, cookie);
      const { code, state = '', error } = request.query;
      const mine = begun.take(request.cookies[begunCookie]);
      // A page elsewhere may send anybody here: only what this browser began counts.
      if (mine === undefined || !isSameSecret(state, mine.state)) return fail(reply, 'expired');
      if (code === undefined) return fail(reply, error === 'access_denied' ? 'refused' : 'failed');
      let id: string;
      try {
        const { verifier, redirectUri } = mine;
        id = await spotify.finish({ code, verifier, redirectUri });
      } catch (cause) {
        request.log.warn({ reason: (cause as Error).message }, 'A sign-in with Spotify failed.');
        return fail(reply, 'failed');
      }
      const grant = access.store.person(id) ?? spotify.connected(id);
      if (grant === undefined) return fail(reply, 'unknown');
      startSession(access, request, reply, grant, `spotify:${id}`);
      return reply.redirect(mine.next);
    },
  );
}

/** Back to the sign-in page, which says what the word means. */
const fail = (reply: FastifyReply, problem: 'expired' | 'refused' | 'failed' | 'unknown') =>
  reply.redirect(`/sign-in?problem=${problem}`);
