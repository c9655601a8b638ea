import { tokenAnswer } from './answers.ts';
import { messageOf, SpotifyFailure } from './failures.ts';
import { retryAfterMs } from './retry-after.ts';

/** `fetch`, as far as it is used here. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface TokenRequest {
  readonly fetch: Fetch;
  /** Such as `https://accounts.spotify.com`. */
  readonly accountsUrl: string;
  readonly clientId: string;
  readonly clock: () => number;
}

export interface Tokens {
  readonly accessToken: string;
  /** Ms since the epoch. */
  readonly expiresAt: number;
  readonly refreshToken: string;
  readonly scope?: string;
}

const timeoutMs = 20_000;

/** Exchanges the code of a finished login for tokens. @throws SpotifyFailure */
export async function exchangeCode(
  request: TokenRequest,
  code: { code: string; verifier: string; redirectUri: string },
): Promise<Tokens> {
  return await ask(request, {
    grant_type: 'authorization_code',
    code: code.code,
    redirect_uri: code.redirectUri,
    client_id: request.clientId,
    code_verifier: code.verifier,
  });
}

/** A new access token. The refresh token may change with it. @throws SpotifyFailure */
export async function refreshTokens(request: TokenRequest, refreshToken: string): Promise<Tokens> {
  return await ask(
    request,
    { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: request.clientId },
    refreshToken,
  );
}

async function ask(
  { fetch, accountsUrl, clock }: TokenRequest,
  form: Record<string, string>,
  refreshToken?: string,
): Promise<Tokens> {
  let status: number;
  let body: string;
  let retryAfter: string | null;
  try {
    const response = await fetch(`${accountsUrl}/api/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(timeoutMs),
    });
    status = response.status;
    retryAfter = response.headers.get('retry-after');
    body = await response.text();
  } catch (error) {
    throw new SpotifyFailure('unavailable', "Spotify's sign-in service does not answer.", {
      cause: error,
    });
  }
  if (status === 200) {
    const answer = readTokens(body);
    const refresh = answer?.refresh_token ?? refreshToken;
    if (answer !== undefined && refresh !== undefined) {
      return {
        accessToken: answer.access_token,
        expiresAt: clock() + answer.expires_in * 1000,
        refreshToken: refresh,
        scope: answer.scope,
      };
    }
    throw new SpotifyFailure(
      'unavailable',
      "Spotify's sign-in service sent an answer without tokens.",
    );
  }
  throw refusal(status, body, retryAfter, clock());
}

function readTokens(body: string) {
  try {
    return tokenAnswer.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function refusal(
  status: number,
  body: string,
  retryAfter: string | null,
  now: number,
): SpotifyFailure {
  const said = messageOf(body);
  if (status === 429) {
    return new SpotifyFailure('unavailable', "Spotify's sign-in service asks to wait.", {
      retryAt: now + Math.max(30_000, retryAfterMs(retryAfter, now, 1)),
    });
  }
  // `invalid_grant`: the refresh token has expired (six months) or was withdrawn. It will not come back.
  if (/invalid_grant/.test(body)) {
    return new SpotifyFailure(
      'login_needed',
      'The sign-in has expired or was withdrawn at Spotify.',
    );
  }
  if (status >= 400 && status < 500) {
    return new SpotifyFailure(
      'app_refused',
      `Spotify refuses the app (${status}${said === '' ? '' : `, "${said}"`}).`,
    );
  }
  return new SpotifyFailure('unavailable', `Spotify's sign-in service answered ${status}.`);
}
