/** The Streamlit dashboard: its pages with AppTest, then the real server in a browser, over one API with marts. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { makePythonEnvironment, streamlitPython } from '../../scripts/python-environment.mjs';
import { type StreamlitService, startStreamlit } from '../../src/services/index.ts';
import { publishMarts } from '../serving/marts-fixture.ts';
import { now, type ServerFixture, startFixture } from '../serving/server-fixture.ts';
import { openBrowser, openPage, screenshot } from './browser.ts';

const problem = makePythonEnvironment(console.log, 'streamlit');
const skip = problem ?? false;
const pages = join(import.meta.dirname, '../../dashboards/streamlit/tests/test_pages.py');
const listeners = ['ana', 'bela', 'carla'];

describe('the Streamlit dashboard', { skip }, () => {
  let empty: ServerFixture;
  let full: ServerFixture;
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tonearm-streamlit-'));
    empty = await startFixture();
    full = await startFixture(async (config) => {
      const days = Array.from({ length: 40 }, (_, index) => index).flatMap((index) =>
        listeners.map((user, place) => ({
          user,
          day: new Date(now - index * 86_400_000).toISOString().slice(0, 10),
          plays: 5 + place * 3 + (index % 7),
        })),
      );
      await publishMarts(
        config.martsDirectory,
        '20260310T120000000Z',
        '2026-03-10T11:00:00Z',
        days,
      );
    });
  });
  after(async () => {
    await empty?.close();
    await full?.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('every page passes its AppTest', async (t) => {
    const ran = await promisify(execFile)(streamlitPython, [pages], {
      env: {
        PYTHONDONTWRITEBYTECODE: '1',
        HOME: directory,
        STREAMLIT_LOGGER_LEVEL: 'error',
        TONEARM_API_URL: full.server.url,
        TONEARM_EMPTY_API_URL: empty.server.url,
        TONEARM_MARTS: full.config.martsDirectory,
        TONEARM_LISTENER: 'ana',
      },
    }).catch((error: { stderr: string }) => error);
    const results = [
      ...ran.stderr.matchAll(/^(test_\w+) \([\s\S]*?\.\.\.[\s\S]*?(ok|FAIL|ERROR)$/gm),
    ];
    assert.ok(results.length >= 10, ran.stderr);
    for (const [, name, verdict] of results) {
      await t.test(name!.replace(/^test_/, '').replaceAll('_', ' '), () =>
        assert.equal(verdict, 'ok', ran.stderr.slice(-4000)),
      );
    }
    assert.match(ran.stderr, /^OK$/m, ran.stderr.slice(-4000));
  });

  describe('in a browser', () => {
    let service: StreamlitService;

    before(async () => {
      const { config } = full;
      service = await startStreamlit({
        directory: join(directory, 'services', 'streamlit'),
        config: { ...config, apiUrl: full.server.url },
      });
    });
    after(async () => {
      await service?.stop();
    });

    test('a second start finds the one that runs, on loopback', async () => {
      const { config } = full;
      const again = await startStreamlit({
        directory: join(directory, 'services', 'streamlit'),
        config,
      });
      assert.equal(again.pid, service.pid);
      assert.match(service.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    });

    test('now playing refreshes by itself while the rest stays; the other pages are reached by name', async (t) => {
      const browser = await openBrowser(t);
      if (browser === undefined) return;
      const { page } = await openPage(browser, { viewport: { width: 1440, height: 1000 } });
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith(service.url) && !/^(data|blob):/.test(request.url()))
          problems.push(`asks ${request.url()}`);
      });
      await page.goto(service.url);
      await page.getByText('Top artists').waitFor();
      const trends = page.getByText(/^Trends read at/);
      const before = await trends.textContent();
      const producer = await full.log.producer({ lingerMs: 5 });
      await producer.send('starts', {
        key: 'dora',
        value: JSON.stringify({
          event_id: randomUUID(),
          play_id: randomUUID(),
          user_id: 'dora',
          track_id: 'spotify:track:0000000000000000000001',
          track: 'A Song That Just Began',
          artist: 'Somebody',
          timestamp: new Date(now).toISOString(),
          duration: 200_000,
          skipped: false,
          device: 'web',
          source: 'simulator',
        }),
      });
      await producer.close();
      const listeners = page.getByTestId('stMetric').filter({ hasText: 'Listeners now' });
      await listeners.filter({ hasText: '1' }).waitFor();
      assert.equal(await trends.textContent(), before);
      await screenshot(page, 'streamlit-listening');

      await page.goto(`${service.url}/sql`);
      await page.getByRole('button', { name: 'Run' }).click();
      await page.getByText(/\d+ rows? in/).waitFor();
      await screenshot(page, 'streamlit-sql');
      await page.getByRole('link', { name: 'Recommendations' }).click();
      await page.getByRole('heading', { name: 'Recommendations' }).waitFor();
      await screenshot(page, 'streamlit-recommendations');
      assert.deepEqual(problems, []);
    });
  });
});
