import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpotifyFailure } from '../../../src/sources/spotify-api/failures.ts';
import { refreshTokens } from '../../../src/sources/spotify-api/token-endpoint.ts';

const now = Date.UTC(2026, 2, 2);

/** What a refresh comes to that is answered like this. */
const refreshed = (status: number, headers: Record<string, string> = {}, body: object = {}) =>
  refreshTokens(
    {
      fetch: async () => new Response(JSON.stringify(body), { status, headers }),
      accountsUrl: 'https://accounts.test',
      clientId: 'client0123',
      clock: () => now,
    },
    'first',
  );

test('the sign-in service too is waited for as long as it asks, in every form of Retry-After', async () => {
  const cases: [Record<string, string>, number][] = [
    [{}, 30_000],
    [{ 'Retry-After': '0' }, 30_000],
    [{ 'retry-after': '13749' }, 13_749_000],
    [{ 'Retry-After': 'Mon, 02 Mar 2026 00:02:00 GMT' }, 120_000],
    [{ 'Retry-After': '999999999' }, 48 * 3_600_000],
  ];
  for (const [headers, waitMs] of cases) {
    await assert.rejects(refreshed(429, headers), (failure: SpotifyFailure) => {
      assert.equal(failure.kind, 'unavailable');
      assert.equal(failure.retryAt, now + waitMs, JSON.stringify(headers));
      return true;
    });
  }
});

test('a dead refresh token, a refused app and a broken service are told apart', async () => {
  const kinds: [number, object, SpotifyFailure['kind']][] = [
    [400, { error: 'invalid_grant', error_description: 'Refresh token revoked' }, 'login_needed'],
    [400, { error: 'invalid_client' }, 'app_refused'],
    [503, {}, 'unavailable'],
    [200, { token_type: 'Bearer' }, 'unavailable'],
  ];
  for (const [status, body, kind] of kinds) {
    await assert.rejects(refreshed(status, {}, body), { kind });
  }
});

test('a refresh without a new refresh token keeps the old one, and one with it takes the new', async () => {
  const body = { access_token: 'a', expires_in: 3600 };
  assert.equal((await refreshed(200, {}, body)).refreshToken, 'first');
  const next = await refreshed(200, {}, { ...body, refresh_token: 'second' });
  assert.equal(next.refreshToken, 'second');
});
