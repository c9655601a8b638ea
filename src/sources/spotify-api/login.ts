import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TonearmError } from '../../errors.ts';
import { SpotifyFailure } from './failures.ts';
import { exchangeCode, type TokenRequest, type Tokens } from './token-endpoint.ts';

/** What a poll needs; nothing that could change anything at Spotify. */
export const scopes = [
  'user-read-recently-played',
  'user-read-playback-state',
  'user-read-currently-playing',
  'user-library-read',
];

export interface LoginOptions extends TokenRequest {
  /** Port of the redirect; 0 for any free one. */
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called with the address that the person has to open. */
  readonly onAddress: (url: string) => void;
}

/** The first half of an authorization code flow with PKCE (RFC 7636). */
export function beginLogin(options: {
  accountsUrl: string;
  clientId: string;
  redirectUri: string;
  /** Those of the poll when left out; none are needed to see who somebody is. */
  scopes?: readonly string[];
}) {
  const verifier = randomBytes(48).toString('base64url');
  const state = randomBytes(24).toString('base64url');
  const query = new URLSearchParams({
    client_id: options.clientId,
    response_type: 'code',
    redirect_uri: options.redirectUri,
    scope: (options.scopes ?? scopes).join(' '),
    state,
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  });
  return { verifier, state, address: `${options.accountsUrl}/authorize?${query}` };
}

/** True for the state that this login was begun with. Compared in constant time. */
export function isSameState(expected: string, given: string | null | undefined): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given ?? '')];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Signs a person in: waits on 127.0.0.1 for Spotify's redirect and exchanges its code.
 * @throws TonearmError TNA_SPOTIFY_LOGIN_FAILED, TNA_SPOTIFY_PORT_IN_USE
 */
export async function login(options: LoginOptions): Promise<Tokens> {
  const server = createServer();
  try {
    const port = await listen(server, options.port);
    // Spotify refuses the name localhost since 2025: the address itself.
    const redirectUri = `http://127.0.0.1:${port}/callback`;
    const begun = beginLogin({ ...options, redirectUri });
    const code = waitForCode(server, begun.state, options);
    options.onAddress(begun.address);
    return await exchangeCode(options, { code: await code, verifier: begun.verifier, redirectUri });
  } catch (error) {
    if (error instanceof SpotifyFailure) throw failed(error.message, error);
    throw error;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function listen(server: Server, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new TonearmError(
          'TNA_SPOTIFY_PORT_IN_USE',
          `Port ${port} on 127.0.0.1 cannot be used for the redirect.`,
          {
            cause: error,
            remedy:
              'Stop the program that has it, or choose another with --port and name it in the app at Spotify.',
          },
        ),
      ),
    );
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function waitForCode(server: Server, state: string, options: LoginOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => stop(`Nobody signed in within ${Math.round(options.timeoutMs / 1000)} s.`),
      options.timeoutMs,
    );
    const stop = (why: string) => settle(() => reject(failed(why)));
    const stopped = () => stop('The sign-in was stopped.');
    options.signal.addEventListener('abort', stopped, { once: true });
    const settle = (work: () => void) => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', stopped);
      work();
    };
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const answer = (status: number, text: string, then?: () => void) => {
        response.writeHead(status, {
          'content-type': 'text/plain; charset=utf-8',
          'cache-control': 'no-store',
        });
        response.end(`${text}\n`, then);
      };
      if (url.pathname !== '/callback') return answer(404, 'Nothing is here.');
      // A page elsewhere may send anybody here: only our own login's state counts.
      if (!isSameState(state, url.searchParams.get('state'))) {
        return answer(
          400,
          'This is not the sign-in that was begun. Open the address that was printed.',
        );
      }
      const code = url.searchParams.get('code');
      const refused = url.searchParams.get('error');
      if (code !== null && code !== '') {
        return answer(200, 'Signed in. You can close this page.', () =>
          settle(() => resolve(code)),
        );
      }
      const why =
        refused === 'access_denied' ? 'Access was refused at Spotify.' : 'Spotify sent no code.';
      answer(400, why, () => settle(() => reject(failed(why))));
    });
  });
}

const failed = (message: string, cause?: unknown) =>
  new TonearmError('TNA_SPOTIFY_LOGIN_FAILED', message, {
    cause,
    remedy:
      'Check TONEARM_SPOTIFY_CLIENT_ID and that the app at Spotify names the redirect http://127.0.0.1/callback; docs/guides/spotify.md has the steps.',
  });
