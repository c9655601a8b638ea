import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AccessStore } from '../../src/access/index.ts';
import { spotifySignIn } from '../../src/commands/spotify-sign-in.ts';
import type { Config } from '../../src/config.ts';
import { openAccounts } from '../../src/sources/spotify-api/index.ts';
import { FakeSpotify } from '../sources/spotify-api/fake-spotify.ts';
import { publishMarts } from './marts-fixture.ts';
import { now, type ServerFixture, startFixture, statusWithHost } from './server-fixture.ts';

const day = '2026-03-09';
const clientId = 'client0123456789';

let fixture: ServerFixture;
let time = now;
let spotify: FakeSpotify;
let listenerToken = '';
let ownerToken = '';

const storeOf = (config: Config) => new AccessStore(config.access.directory, () => time);

async function prepare(config: Config): Promise<void> {
  await publishMarts(config.martsDirectory, 'v1', `${day}T12:00:00.000Z`, [
    { user: 'ana', day, plays: 3, privatePlays: 1 },
    { user: 'ben', day, plays: 2 },
    { user: 'cleo', day, plays: 1 },
    // Three listeners on one day, one on another.
    { user: 'ana', day: '2026-03-08', plays: 1 },
  ]);
  const store = storeOf(config);
  listenerToken = store.createToken({ name: 'ana', role: 'listener', user: 'ana' }).text;
  ownerToken = store.createToken({ name: 'me', role: 'owner' }).text;
  store.close();
}

before(async () => {
  spotify = new FakeSpotify(now);
  fixture = await startFixture(prepare, {
    clock: () => time,
    env: {
      TONEARM_SMALLEST_GROUP: '3',
      TONEARM_SESSION_HOURS: '1',
      TONEARM_SPOTIFY_CLIENT_ID: clientId,
    },
    spotify: (config) =>
      spotifySignIn(config, { clock: () => time, fetch: spotify.fetch as typeof fetch }),
  });
});
after(() => fixture.close());

function send(path: string, init: RequestInit & { cookie?: string } = {}): Promise<Response> {
  const { cookie, headers, ...rest } = init;
  return fetch(fixture.server.url + path, {
    redirect: 'manual',
    ...rest,
    headers: { ...(headers as object), ...(cookie !== undefined && { cookie }) },
  });
}

const signIn = (token: string, headers: Record<string, string> = { 'x-tonearm': '1' }) =>
  send('/api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });

const cookieOf = (response: Response, name = 'tonearm') =>
  response.headers
    .getSetCookie()
    .find((line) => line.startsWith(`${name}=`))
    ?.split(';')[0];

describe('a session', () => {
  test('begins with a token, in a cookie that no script and no other site can use', async () => {
    const response = await signIn(listenerToken);
    assert.equal(response.status, 200);
    const answer = (await response.json()) as { role: string; user: string; expires_at: string };
    assert.deepEqual(
      [answer.role, answer.user, answer.expires_at],
      ['listener', 'ana', new Date(time + 3_600_000).toISOString()],
    );
    const [line = ''] = response.headers.getSetCookie();
    assert.match(line, /HttpOnly/);
    assert.match(line, /SameSite=Strict/);
    assert.match(line, /Max-Age=3600/);
    assert.match(line, /Path=\//);
    const cookie = cookieOf(response);
    assert.equal((await send('/api/status', { cookie })).status, 200);
    assert.equal((await send('/api/health', { cookie })).status, 403);
  });

  test('ends when signing out: its cookie is worth nothing afterwards', async () => {
    const cookie = cookieOf(await signIn(ownerToken));
    const out = await send('/api/session', {
      method: 'DELETE',
      cookie,
      headers: { 'x-tonearm': '1' },
    });
    assert.equal(((await out.json()) as { role: string }).role, 'anonymous');
    assert.match(
      out.headers.getSetCookie()[0] ?? '',
      /tonearm=;.*(Expires=Thu, 01 Jan 1970|Max-Age=0)/,
    );
    assert.equal((await send('/api/status', { cookie })).status, 401);
  });

  test('ends by itself, and when the token that it began with is taken back', async () => {
    const cookie = cookieOf(await signIn(ownerToken));
    time += 3_599_000;
    assert.equal((await send('/api/status', { cookie })).status, 200);
    time += 2000;
    assert.equal((await send('/api/status', { cookie })).status, 401);
    time = now;
    const store = storeOf(fixture.config);
    const { id, text } = store.createToken({ name: 'short', role: 'operator' });
    const second = cookieOf(await signIn(text));
    assert.equal((await send('/api/health', { cookie: second })).status, 200);
    store.revokeToken(id);
    store.close();
    assert.equal((await send('/api/health', { cookie: second })).status, 401);
    const refused = await send('/api/health', { headers: { authorization: `Bearer ${text}` } });
    assert.equal(refused.status, 401);
    assert.match(((await refused.json()) as { detail: string }).detail, /taken back/);
  });

  test('is replaced when another begins in the same browser', async () => {
    const first = cookieOf(await signIn(listenerToken));
    const second = await send('/api/session', {
      method: 'POST',
      cookie: first,
      headers: { 'content-type': 'application/json', 'x-tonearm': '1' },
      body: JSON.stringify({ token: ownerToken }),
    });
    assert.notEqual(cookieOf(second), first);
    assert.equal((await send('/api/status', { cookie: first })).status, 401);
  });

  test('a page elsewhere can neither begin nor end one', async () => {
    const { host } = new URL(fixture.server.url);
    assert.equal((await signIn(ownerToken, {})).status, 403);
    assert.equal((await signIn(ownerToken, { origin: 'https://evil.example' })).status, 403);
    assert.equal((await signIn(ownerToken, { origin: 'null' })).status, 403);
    assert.equal((await signIn(ownerToken, { origin: `http://${host}` })).status, 200);
    const cookie = cookieOf(await signIn(ownerToken));
    const foreign = { method: 'DELETE', cookie, headers: { origin: 'https://evil.example' } };
    assert.equal((await send('/api/session', foreign)).status, 403);
    assert.equal((await send('/api/status', { cookie })).status, 200);
  });
});

test('a token is kept as a hash, in a file that its owner alone can read', () => {
  const path = join(fixture.config.access.directory, 'access.sqlite');
  assert.equal(statSync(path).mode & 0o077, 0);
  const bytes = readFileSync(path);
  for (const token of [ownerToken, listenerToken]) {
    // The secret may have underscores of its own: it is the last 43 characters.
    assert.ok(!bytes.includes(token.slice(-43)), 'the secret is in the file');
  }
});

describe('signing in with Spotify', () => {
  /** Follows the sign-in as a browser does, with Spotify's page answered by hand. */
  async function throughSpotify(id: string, change: (back: URL) => void = () => undefined) {
    const begun = await send('/api/session/spotify?next=%2Ftrends');
    assert.equal(begun.status, 302);
    const cookie = cookieOf(begun, 'tonearm_sign_in');
    assert.match(begun.headers.getSetCookie()[0] ?? '', /HttpOnly.*SameSite=Lax/);
    const there = new URL(begun.headers.get('location') ?? '');
    assert.equal(there.searchParams.get('scope'), '', 'no right is needed to see who somebody is');
    const redirectUri = there.searchParams.get('redirect_uri') ?? '';
    assert.equal(redirectUri, `${fixture.server.url}/callback`);
    const person = spotify.people.find((one) => one.id === id) ?? spotify.person(id);
    const code = `code-${id}-${spotify.codes.size}`;
    const challenge = there.searchParams.get('code_challenge') ?? '';
    spotify.codes.set(code, { challenge, redirectUri, person });
    const back = new URL(redirectUri);
    back.search = new URLSearchParams({
      code,
      state: there.searchParams.get('state') ?? '',
    }).toString();
    change(back);
    const answer = await send(back.pathname + back.search, cookie === undefined ? {} : { cookie });
    return { answer, back, cookie };
  }

  test('lets a connected listener in as themselves, and back to the page they wanted', async () => {
    openAccounts(fixture.config).connect('ana', 'spotify-ana', tokens, now);
    const { answer, back, cookie } = await throughSpotify('spotify-ana');
    assert.equal(answer.headers.get('location'), '/trends');
    const session = cookieOf(answer);
    assert.equal((await send('/api/listeners/ana', { cookie: session })).status, 200);
    assert.equal((await send('/api/listeners/ben', { cookie: session })).status, 403);
    const again = await send(back.pathname + back.search, { cookie });
    assert.equal(again.headers.get('location'), '/sign-in?problem=expired', 'once is enough');
  });

  test('lets those in whom the owner allowed, in their role, and nobody else', async () => {
    const store = storeOf(fixture.config);
    store.allow({ spotifyId: 'spotify-op', user: 'op', role: 'operator' });
    const { answer } = await throughSpotify('spotify-op');
    const cookie = cookieOf(answer);
    assert.equal((await send('/api/health', { cookie })).status, 200);
    store.disallow('spotify-op');
    store.close();
    assert.equal((await send('/api/health', { cookie })).status, 401);
    // A stranger whose id at Spotify is a listener's name here is still a stranger.
    const stranger = await throughSpotify('ben');
    assert.equal(stranger.answer.headers.get('location'), '/sign-in?problem=unknown');
    assert.equal(cookieOf(stranger.answer), undefined);
  });

  test('refuses another state, a refused access, a wrong code and another browser', async () => {
    const cases: [(back: URL) => void, string][] = [
      [(back) => back.searchParams.set('state', 'other'), 'expired'],
      [(back) => back.searchParams.set('code', 'wrong'), 'failed'],
      [
        (back) => {
          back.searchParams.delete('code');
          back.searchParams.set('error', 'access_denied');
        },
        'refused',
      ],
    ];
    for (const [change, problem] of cases) {
      const { answer } = await throughSpotify('spotify-ana', change);
      assert.equal(answer.headers.get('location'), `/sign-in?problem=${problem}`);
    }
    const { back } = await throughSpotify('spotify-ana', (url) =>
      url.searchParams.set('state', ''),
    );
    const elsewhere = await send(back.pathname + back.search);
    assert.equal(elsewhere.headers.get('location'), '/sign-in?problem=expired');
  });

  test('begins again at 127.0.0.1 for who came by the name localhost, which Spotify refuses', async () => {
    const here = `${fixture.server.url}/api/session/spotify?next=%2Ftrends`;
    const host = `localhost:${new URL(here).port}`;
    const asked = request(here, { headers: { host } }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    assert.deepEqual([answer.statusCode, answer.headers.location], [302, here]);
  });

  test('leads back to pages of our own alone', async () => {
    const { ownPage } = await import('../../src/serving/spotify-sign-in.ts');
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/a\nb', '']) {
      assert.equal(ownPage(next), '/', next);
    }
    assert.equal(ownPage('/trends?user=ana'), '/trends?user=ana');
  });
});

const tokens = { accessToken: 'a', refreshToken: 'r', expiresAt: now + 3_600_000 };

describe('what is shown of everyone', () => {
  const as = async (token: string, path: string) => {
    const answer = await fixture.get(path, { authorization: `Bearer ${token}` });
    assert.equal(answer.status, 200, path);
    return answer.json as never;
  };

  test('leaves out days, tracks and hours of too few listeners, but for the owner', async () => {
    const days = async (token: string) =>
      ((await as(token, '/api/trends/daily')) as { days: { day: string }[] }).days.map(
        (one) => one.day,
      );
    assert.deepEqual(await days(ownerToken), ['2026-03-08', day]);
    assert.deepEqual(await days(listenerToken), [day]);
    const top = async (token: string, query: string) =>
      ((await as(token, `/api/trends/top?${query}`)) as { items: unknown[] }).items.length;
    for (const query of ['kind=tracks', 'kind=artists', `kind=tracks&from=${day}&to=${day}`]) {
      assert.ok((await top(ownerToken, query)) > 0, query);
      assert.equal(await top(listenerToken, query), 0, query);
    }
    assert.equal(await top(listenerToken, 'user=ana'), 1, 'their own is shown whole');
    const list = (await as(listenerToken, '/api/listeners')) as { items: { user_id: string }[] };
    assert.deepEqual(
      list.items.map((one) => one.user_id),
      ['ana'],
    );
    const status = (await as(listenerToken, '/api/status')) as { last_run: unknown };
    assert.equal(status.last_run, null);
  });

  test('is another answer for each account, also to a browser that kept one', async () => {
    const tag = async (token: string) =>
      (await fixture.get('/api/trends/daily', { authorization: `Bearer ${token}` })).headers.get(
        'etag',
      );
    const owners = (await tag(ownerToken)) ?? '';
    assert.notEqual(owners, await tag(listenerToken));
    const kept = await fixture.get('/api/trends/daily', {
      authorization: `Bearer ${listenerToken}`,
      'if-none-match': owners,
    });
    assert.equal(kept.status, 200);
    assert.match(kept.headers.get('vary') ?? '', /Cookie/);
  });
});

test('whoever asks too often is told to wait: everywhere, and sooner when signing in', async () => {
  const quick = await startFixture(prepare, { env: { TONEARM_REQUESTS_PER_MINUTE: '30' } });
  try {
    let statuses: number[] = [];
    for (let count = 0; count < 31; count += 1) {
      statuses.push((await fetch(`${quick.server.url}/nothing`)).status);
    }
    assert.equal(statuses.filter((status) => status === 429).length, 1);
    const refused = await quick.get('/api/status');
    assert.equal(refused.status, 429);
    assert.equal((refused.json as { code: string }).code, 'TNA_SERVING_TOO_MANY_REQUESTS');
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
    statuses = [];
    for (let count = 0; count < 21; count += 1) {
      const response = await fetch(`${quick.server.url}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tonearm': '1' },
        body: '{"token":"guess"}',
      });
      statuses.push(response.status);
    }
    assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429]);
  } finally {
    await quick.close();
  }
});

test('with a public address that host is answered, by https alone its cookies are sent', async () => {
  const open = await startFixture(prepare, {
    env: { TONEARM_PUBLIC_URL: 'https://music.example.org/' },
  });
  try {
    const { url } = open.server;
    assert.equal(await statusWithHost(url, '/healthz', 'music.example.org'), 200);
    assert.equal(await statusWithHost(url, '/healthz', 'evil.example'), 421);
    const response = await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tonearm': '1' },
      body: JSON.stringify({ token: ownerToken }),
    });
    assert.match(response.headers.getSetCookie()[0] ?? '', /^__Host-tonearm=.*Secure/);
    assert.match(response.headers.get('strict-transport-security') ?? '', /max-age=\d+/);
  } finally {
    await open.close();
  }
});

test('the first token switches authentication on in a running server', async () => {
  const alone = await startFixture();
  try {
    assert.equal((await alone.get('/api/health')).status, 200);
    const store = storeOf(alone.config);
    const { id } = store.createToken({ name: 'first', role: 'owner' });
    assert.equal((await alone.get('/api/health')).status, 401);
    store.revokeToken(id);
    store.close();
    assert.equal((await alone.get('/api/health')).status, 401, 'it stays on');
  } finally {
    await alone.close();
  }
});
