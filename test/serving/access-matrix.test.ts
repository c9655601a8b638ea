import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Access, AccessStore, type GrantedRole, roles } from '../../src/access/index.ts';
import { publishMarts } from './marts-fixture.ts';
import { ownDataDouble } from './own-data-double.ts';
import { now, type ServerFixture, startFixture } from './server-fixture.ts';

/** Who may use each route, said a second time: a route that is new or has changed must be thought of here too. */
const expected: Record<string, Access> = {
  'GET /api/alerts': 'operator',
  'GET /api/cost': 'operator',
  'GET /api/dead-letters': 'operator',
  'POST /api/dead-letters/replay': 'operator',
  'GET /api/docs': 'public',
  'GET /api/health': 'operator',
  'GET /api/lineage': 'operator',
  'GET /api/listeners': 'listener',
  'GET /api/listeners/:user_id': 'listener',
  'GET /api/listeners/:user_id/erasure': 'listener',
  'POST /api/listeners/:user_id/erasure': 'listener',
  'GET /api/listeners/:user_id/takeout': 'listener',
  'GET /api/live': 'listener',
  'GET /api/live/stream': 'listener',
  'GET /api/openapi.json': 'public',
  'GET /api/recommendations': 'listener',
  'GET /api/recommendations/blend': 'listener',
  'GET /api/recommendations/choice': 'listener',
  'GET /api/runs': 'operator',
  'GET /api/runs/:run_id': 'operator',
  'DELETE /api/session': 'public',
  'GET /api/session': 'public',
  'POST /api/session': 'public',
  'GET /api/session/spotify': 'public',
  'GET /api/sources': 'operator',
  'GET /api/status': 'listener',
  'GET /api/tests': 'operator',
  'GET /api/tests/:name': 'operator',
  'GET /api/tracks': 'listener',
  'GET /api/tracks/:track_id/similar': 'listener',
  'GET /api/trends/clock': 'listener',
  'GET /api/trends/daily': 'listener',
  'GET /api/trends/discovery': 'listener',
  'GET /api/trends/habits': 'listener',
  'GET /api/trends/plays': 'listener',
  'GET /api/trends/race': 'listener',
  'GET /api/trends/retention': 'listener',
  'GET /api/trends/top': 'listener',
  'GET /api/volume': 'operator',
  'GET /api/wrapped': 'listener',
  'GET /api/wrapped/periods': 'listener',
  'GET /callback': 'public',
  'GET /docs/models': 'operator',
  'GET /healthz': 'public',
  'GET /metrics': 'operator',
};

const least: Record<Access, number> = { public: 0, listener: 1, operator: 2, owner: 3 };

const erased: string[] = [];
let fixture: ServerFixture;
const tokens: Partial<Record<string, string>> = {};

before(async () => {
  fixture = await startFixture(
    async (config) => {
      const day = '2026-03-09';
      await publishMarts(config.martsDirectory, 'v1', `${day}T12:00:00.000Z`, [
        { user: 'ana', day, plays: 3 },
        { user: 'ben', day, plays: 2 },
      ]);
      const store = new AccessStore(config.access.directory, () => now);
      const make = (role: GrantedRole, user?: string) =>
        store.createToken({ name: role, role, user }).text;
      tokens.listener = make('listener', 'ana');
      tokens.operator = make('operator');
      tokens.owner = make('owner');
      store.close();
    },
    {
      ownData: ownDataDouble(erased),
      spotify: () => ({
        begin: () => ({ verifier: 'v', state: 's', address: 'https://accounts.example/authorize' }),
        finish: async () => 'nobody',
        connected: () => undefined,
      }),
    },
  );
});
after(() => fixture.close());

/** A body that the route takes: what it refuses is refused for another reason then. */
function bodyOf(path: string): string {
  const [, user] = /listeners\/(\w+)\/erasure/.exec(path) ?? [];
  return JSON.stringify(user === undefined ? { token: 'none' } : { confirm: user });
}

async function statusOf(method: string, path: string, role: string): Promise<number> {
  const stop = new AbortController();
  const token = tokens[role];
  const response = await fetch(fixture.server.url + path, {
    method,
    redirect: 'manual',
    signal: stop.signal,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      'x-tonearm': '1',
      ...(method === 'POST' && { 'content-type': 'application/json' }),
    },
    ...(method === 'POST' && { body: bodyOf(path) }),
  });
  stop.abort();
  return response.status;
}

const pathOf = (url: string, user: string) =>
  url.replace(':user_id', user).replace(/:\w+/g, 'none');

test('every route says who may use it, as this test expects', () => {
  const declared = Object.fromEntries(
    fixture.server.routes
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url, access }) => [`${method} ${url}`, access]),
  );
  assert.deepEqual(declared, expected);
});

test('every route answers each role as it should', async (t) => {
  for (const [route, access] of Object.entries(expected)) {
    const [method = '', url = ''] = route.split(' ');
    await t.test(route, async () => {
      for (const [rank, role] of roles.entries()) {
        // A listener may name themselves only, and an operator nobody.
        const isPersonal = url.includes(':user_id');
        const isAllowed = rank >= least[access] && !(isPersonal && role === 'operator');
        const status = await statusOf(method, pathOf(url, 'ana'), role);
        if (isAllowed && !(route === 'POST /api/session')) {
          assert.ok(status !== 401 && status !== 403, `${role}: ${status}`);
        } else assert.equal(status, isAllowed || role === 'anonymous' ? 401 : 403, role);
      }
    });
  }
});

test('nobody but the owner gets anything that names another listener', async () => {
  for (const route of Object.keys(expected)) {
    const [method = '', url = ''] = route.split(' ');
    if (expected[route] !== 'listener') continue;
    const paths = url.includes(':user_id')
      ? [pathOf(url, 'ben')]
      : ['user=ben', 'user=ana&with=ben', 'user_id=ben', 'user=ana&user=ben'].map(
          (query) => `${pathOf(url, '')}?${query}`,
        );
    for (const path of paths) {
      for (const role of ['listener', 'operator']) {
        const status = await statusOf(method, path, role);
        assert.ok(status === 403 || status === 400, `${role} ${path}: ${status}`);
      }
    }
  }
  assert.ok(!erased.includes('ben'), 'somebody was erased by another');
  for (const path of ['/api/listeners/ben', '/api/trends/clock?user=ben']) {
    assert.equal(await statusOf('GET', path, 'owner'), 200, path);
    assert.equal(await statusOf('GET', path.replace('ben', 'ana'), 'listener'), 200, path);
  }
});

test('a HEAD request is kept as its GET is', async () => {
  assert.equal(await statusOf('HEAD', '/api/health', 'anonymous'), 401);
  assert.equal(await statusOf('HEAD', '/api/listeners/ben', 'listener'), 403);
});
