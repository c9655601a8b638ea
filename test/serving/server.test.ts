import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { TonearmError } from '../../src/errors.ts';
import { startServer } from '../../src/serving/index.ts';
import { type ServerFixture, startFixture, statusWithHost } from './server-fixture.ts';

describe('a server before the first publish', () => {
  let fixture: ServerFixture;
  before(async () => {
    fixture = await startFixture();
  });
  after(() => fixture.close());

  test('every route answers', async () => {
    const expected: Record<string, unknown> = {
      '/api/trends/daily': { days: [] },
      '/api/trends/top?kind=artists': { period: 'all time', items: [] },
      '/api/listeners': { total: 0, items: [] },
      '/api/runs': { runs: [] },
      '/api/status': { version: '0.1.0', mart: null, last_run: null, notice: null, data: null },
    };
    for (const [path, answer] of Object.entries(expected)) {
      const { status, json } = await fixture.get(path);
      assert.equal(status, 200, path);
      assert.deepEqual(json, answer, path);
    }
    assert.equal((await fixture.get('/api/live')).status, 200);
    assert.equal((await fixture.get('/healthz')).text, 'ok\n');
    assert.equal((await fixture.get('/api/runs/none')).status, 404);
  });

  test('an unknown address under /api is a problem; elsewhere the web app is missing', async () => {
    const unknown = await fixture.get('/api/nothing');
    assert.equal(unknown.status, 404);
    assert.equal((unknown.json as { code: string }).code, 'TNA_SERVING_NOT_FOUND');
    const page = await fixture.get('/trends');
    assert.equal(page.status, 503);
    assert.match(page.text, /npm run build/);
  });

  test('every answer carries the security headers', async () => {
    for (const path of ['/api/status', '/api/nothing', '/healthz']) {
      const { headers } = await fixture.get(path);
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'self'/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('x-frame-options'), 'DENY');
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
  });

  test('a request that names another host is refused', async () => {
    const { url } = fixture.server;
    for (const [host, status] of [
      ['localhost:1234', 200],
      ['127.0.0.1', 200],
      ['[::1]:8080', 200],
      ['evil.example', 421],
      ['127.0.0.1.evil.example', 421],
      ['localhost.evil.example:80', 421],
    ] as const) {
      assert.equal(await statusWithHost(url, '/api/status', host), status, host);
    }
  });

  test('the OpenAPI document names every route, and so does the page', async () => {
    const document = (await fixture.get('/api/openapi.json')).json as {
      openapi: string;
      paths: Record<string, { get?: { parameters: { name: string; description?: string }[] } }>;
    };
    assert.match(document.openapi, /^3\.1/);
    const { parameters } = document.paths['/api/trends/top']!.get!;
    assert.match(parameters.find(({ name }) => name === 'user')!.description!, /^One listener/);
    assert.match((await fixture.get('/api/docs')).text, /<code>user<\/code>.*One listener/);
    assert.deepEqual(Object.keys(document.paths).sort(), [
      '/api/alerts',
      '/api/cost',
      '/api/dead-letters',
      '/api/dead-letters/replay',
      '/api/health',
      '/api/lineage',
      '/api/listeners',
      '/api/listeners/{user_id}',
      '/api/live',
      '/api/live/stream',
      '/api/recommendations',
      '/api/recommendations/blend',
      '/api/recommendations/choice',
      '/api/runs',
      '/api/runs/{run_id}',
      '/api/session',
      '/api/sources',
      '/api/status',
      '/api/tests',
      '/api/tests/{name}',
      '/api/tracks',
      '/api/tracks/{track_id}/similar',
      '/api/trends/clock',
      '/api/trends/daily',
      '/api/trends/discovery',
      '/api/trends/habits',
      '/api/trends/plays',
      '/api/trends/race',
      '/api/trends/retention',
      '/api/trends/top',
      '/api/volume',
      '/api/wrapped',
      '/api/wrapped/periods',
    ]);
    const page = await fixture.get('/api/docs');
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    for (const path of Object.keys(document.paths)) assert.ok(page.text.includes(path), path);
    assert.ok(!/https?:\/\//.test(page.text), 'the page loads nothing from elsewhere');
  });
});

test('a busy port is named, with the setting that changes it', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const fixture = await startFixture();
  try {
    const start = startServer({
      config: { ...fixture.config, port },
      log: fixture.log,
      lakeState: async () => ({ tables: [], deadLetters: [] }),
      clock: Date.now,
      logger: pino({ level: 'silent' }),
    });
    await assert.rejects(start, (error) => {
      assert.ok(error instanceof TonearmError);
      assert.equal(error.code, 'TNA_SERVING_PORT_IN_USE');
      assert.ok(error.message.includes(String(port)));
      assert.match(error.remedy ?? '', /TONEARM_PORT/);
      return true;
    });
  } finally {
    other.close();
    await fixture.close();
  }
});

test('the server does not listen beyond this machine', async () => {
  const fixture = await startFixture();
  try {
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.org']) {
      const start = startServer({
        config: { ...fixture.config, host },
        log: fixture.log,
        lakeState: async () => ({ tables: [], deadLetters: [] }),
        clock: Date.now,
        logger: pino({ level: 'silent' }),
      });
      await assert.rejects(start, { code: 'TNA_SERVING_HOST_REFUSED' }, host);
    }
  } finally {
    await fixture.close();
  }
});

test('the built web app is served; its own addresses get its page', async () => {
  const web = await mkdtemp(join(tmpdir(), 'tonearm-web-'));
  await mkdir(join(web, 'dist', 'assets'), { recursive: true });
  await writeFile(join(web, 'secret.txt'), 'secret');
  await writeFile(join(web, 'dist', 'index.html'), '<title>app</title>');
  await writeFile(join(web, 'dist', 'assets', 'app-1234.js'), 'start()');
  const fixture = await startFixture(undefined, { webAppDirectory: join(web, 'dist') });
  try {
    for (const path of ['/', '/trends', '/listeners/spotify:user:a.b']) {
      const { status, text, headers } = await fixture.get(path);
      assert.equal(status, 200, path);
      assert.equal(text, '<title>app</title>');
      assert.equal(headers.get('cache-control'), 'no-cache');
    }
    const script = await fixture.get('/assets/app-1234.js');
    assert.match(script.headers.get('content-type') ?? '', /javascript/);
    assert.match(script.headers.get('cache-control') ?? '', /immutable/);
    assert.equal((await fixture.get('/assets/old.js')).status, 404);
    for (const path of ['/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt']) {
      assert.ok(!(await fixture.get(path)).text.includes('secret'), path);
    }
    assert.equal((await fetch(`${fixture.server.url}/`, { method: 'POST' })).status, 404);
  } finally {
    await fixture.close();
    await rm(web, { recursive: true });
  }
});
