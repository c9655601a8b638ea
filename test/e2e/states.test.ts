/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { pino } from 'pino';
import type { Browser, Page, Route } from 'playwright-core';
import { openLake } from '../../src/lake/index.ts';
import { lakeStateOf, type RunningServer, startServer } from '../../src/serving/index.ts';
import { drain, event } from '../lake/lake-fixture.ts';
import { newId, startEvent } from '../live/listening-events.ts';
import { twoBuilds } from '../serving/builds-fixture.ts';
import { publishMarts } from '../serving/marts-fixture.ts';
import { failedRun, runRecord, writeRuns } from '../serving/run-fixture.ts';
import { type ServerFixture, startFixture } from '../serving/server-fixture.ts';
import { openBrowser, openPage, screenshot, seriousFindings } from './browser.ts';

const webAppDirectory = join(import.meta.dirname, '../../dashboards/web/dist');
const listeners = 10_000;

/** One server and one browser for all: first without anything in it, then with listeners and trouble. */
describe('what a person meets', { concurrency: false }, () => {
  let fixture: ServerFixture;
  let browser: Browser | undefined;
  let again: RunningServer | undefined;
  const ends: (() => Promise<void>)[] = [];
  const forgotten = new Set<string>();

  before(async (context) => {
    const t = { skip: () => undefined, after: (end: () => Promise<void>) => ends.push(end) };
    void context;
    browser = await openBrowser(t as unknown as TestContext);
    fixture = await startFixture(undefined, {
      webAppDirectory,
      clock: Date.now,
      isForgotten: (user) => forgotten.has(user),
    });
  });

  after(async () => {
    for (const end of ends) await end();
    await again?.close();
    await fixture.close();
  });

  /** A page for one test; without a browser the test is skipped. */
  async function open(t: TestContext, path: string, width = 1440) {
    if (browser === undefined) {
      t.skip('Chromium is missing: sudo apt-get install chromium');
      return undefined;
    }
    const opened = await openPage(browser, { viewport: { width, height: 1000 } });
    t.after(opened.close);
    await opened.page.goto(fixture.server.url + path);
    return opened.page;
  }

  const shutsNobodyOut = async (page: Page, name: string) => {
    assert.deepEqual(await seriousFindings(page), [], name);
    const overhang = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    assert.ok(overhang <= 0, `${name} scrolls sideways`);
    await screenshot(page, name);
  };

  test('before there is anything, each page says what will come and how', async (t) => {
    const page = await open(t, '/');
    if (page === undefined) return;
    for (const [path, words] of [
      ['/', 'Nobody is listening right now'],
      ['/trends', 'The first results are on their way'],
      ['/for-you', 'Whose taste is it to be?'],
      ['/wrapped', 'Whose year is it to be?'],
      ['/your-data', 'Whose data?'],
      ['/health', 'No run yet'],
      ['/nothing', 'There is no such page'],
    ] as const) {
      await page.goto(fixture.server.url + path);
      await page.getByRole('heading', { name: words }).waitFor();
      await shutsNobodyOut(page, `empty${path.replace('/', '-')}`);
    }
  });

  test('what takes long and what fails are said, and a second try is offered', async (t) => {
    const page = await open(t, '/nothing');
    if (page === undefined) return;
    let answer: (() => void) | undefined;
    await page.route('**/api/health', async (route) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      await route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ detail: 'The lake is on fire.', status: 500 }),
      });
    });
    await page.getByRole('link', { name: 'Pipeline health' }).click();
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    await shutsNobodyOut(page, 'health-loading');
    answer?.();
    await page.getByRole('alert').getByText('The lake is on fire.').waitFor();
    await shutsNobodyOut(page, 'health-failed');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.flow li').first().waitFor();
    await page.route('**/api/health', (route) => route.abort());
    await page.getByText('The server does not answer.').waitFor();
    await shutsNobodyOut(page, 'health-stale');
  });

  test(`what is playing now? ${listeners} listeners make a wall that can be read, none of them private`, async (t) => {
    const page = await open(t, '/');
    if (page === undefined) return;
    const producer = await fixture.log.producer();
    for (let user = 0; user < listeners; user += 1) {
      const isPrivate = user % 100 === 0;
      const changes = {
        user_id: `user-${user}`,
        track: isPrivate ? 'Secret' : `Song ${user % 500}`,
        country: ['SE', 'DE', 'BR'][user % 3],
        private: isPrivate,
      };
      const value = JSON.stringify(startEvent({ at: Date.now(), ...changes }));
      await producer.send('starts', { key: `user-${user}`, value });
    }
    await producer.flush();
    await page.getByText('A sample of 10,000 listeners, the newest first').waitFor();
    assert.equal(await page.locator('.playing li').count(), 24);
    assert.ok(!(await page.locator('body').textContent())?.includes('Secret'));
    await page.getByText('100 of them in private').waitFor();
    await page.getByText(/ms behind the log$/).waitFor();
    await page.getByRole('img', { name: /^World map of listeners: .*Sweden 33 %/ }).waitFor();
    await page
      .locator('.panel', { hasText: 'Where' })
      .getByRole('button', { name: 'Table' })
      .click();
    await page.getByRole('cell', { name: 'Brazil' }).waitFor();
    for (const width of [390, 2560]) {
      await page.setViewportSize({ width, height: 1000 });
      await shutsNobodyOut(page, `live-wall-${width}`);
    }
  });

  test('who is erased leaves an open live page by themselves, though their song goes on', async (t) => {
    const page = await open(t, '/');
    if (page === undefined) return;
    const names = page.locator('.playing .who span:first-child');
    const user = (await names.first().textContent())!;
    const shows = (name: string) =>
      page.waitForFunction(
        (erased) =>
          ![...document.querySelectorAll('.playing .who span:first-child')].some(
            ({ textContent }) => textContent === erased,
          ),
        name,
      );
    forgotten.add(user);
    await shows(user);
    assert.equal(await names.count(), 24, 'the others stay');
    await page.getByText('A sample of 9,999 listeners').waitFor();
  });

  test('a live page in a hidden tab asks for nothing, and goes on when it is seen again', async (t) => {
    const page = await open(t, '/');
    if (page === undefined) return;
    await page.locator('.playing li').first().waitFor();
    const clients = async () =>
      Number(/^tonearm_live_clients (\d+)$/m.exec((await fixture.get('/metrics')).text)?.[1]);
    const until = async (count: number) => {
      while ((await clients()) !== count) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await until(1);
    const show = (hidden: boolean) =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await show(true);
    await until(0);
    await show(false);
    await until(1);
  });

  test('is the pipeline healthy, and if not, where? the page leads to the test and its rows', async (t) => {
    await writeRuns(
      fixture.config.runsDirectory,
      runRecord({
        steps: [
          {
            name: 'transform',
            status: 'success',
            started_at: '2026-03-10T11:58:00.500Z',
            duration_ms: 3000,
          },
        ],
      }),
      failedRun,
    );
    await twoBuilds(fixture.config);
    const producer = await fixture.log.producer();
    const broken = event('plays', 1, { event_id: newId(), device: 'fridge' });
    await producer.send('plays', { key: 'user-1', value: JSON.stringify(broken) });
    await producer.flush();
    await drain(fixture.config, fixture.log, await openLake(fixture.config, Date.now));
    const page = await open(t, '/health');
    if (page === undefined) return;
    await page.getByRole('link', { name: 'warehouse: 1 of 40 tests failed' }).click();
    await page.locator('#stage-warehouse:target').waitFor();
    const tests = page.locator('#tests');
    await tests.getByRole('cell', { name: 'e1' }).first().waitFor();
    await tests.getByText('SQL').first().click();
    await tests.getByText('select event_id from twice').first().waitFor();
    // The run before is one arrow away, with its steps.
    await page.getByRole('radio', { checked: true }).press('ArrowLeft');
    await page.locator('.steps').getByText('transform').waitFor();
    await page.getByRole('button', { name: /^Replay TNA_CONTRACT_INVALID_VALUE device/ }).click();
    await page.getByText('0 of 1 sent again; 1 still break their contract.').waitFor();
    await page.locator('#sources').getByText('2026-03-09 08:00').waitFor();
    await page.locator('.lineage button').first().click();
    await page.locator('.lineage .about').getByText('Used by').waitFor();
    for (const width of [390, 2560]) {
      await page.setViewportSize({ width, height: 1000 });
      await shutsNobodyOut(page, `health-trouble-${width}`);
    }
  });

  test('what did I listen to in March? the month, its favourites, its days, as pictures, tables and files', async (t) => {
    const days = Array.from({ length: 59 }, (_, index) => index)
      .filter((index) => index % 9 !== 4)
      .map((index) => ({
        user: 'ana',
        day: new Date(Date.UTC(2026, 1, 10) + index * 86_400_000).toISOString().slice(0, 10),
        plays: 2 + (index % 5),
      }));
    const march = days.filter(({ day }) => day.startsWith('2026-03'));
    const plays = march.reduce((sum, one) => sum + one.plays, 0);
    await publishMarts(fixture.config.martsDirectory, 'v3', new Date().toISOString(), [
      ...days,
      { user: 'ben', day: '2026-05-02', plays: 3 },
    ]);
    const page = await open(t, '/trends');
    if (page === undefined) return;
    const box = page.getByRole('combobox', { name: 'Find a listener' });
    await box.fill('an');
    await page.locator('.combo [role=option]').first().waitFor();
    await box.press('Enter');
    await page.getByRole('heading', { name: 'ana' }).waitFor();
    // A month in which only others played is not offered.
    const months = page.getByRole('combobox', { name: 'Month or year' });
    assert.deepEqual(await months.locator('option').allTextContents(), [
      'Month or year',
      'All of 2026',
      'April 2026',
      'March 2026',
      'February 2026',
    ]);
    await months.selectOption('2026-03');
    await page.locator('.figures div', { hasText: 'Plays' }).getByText(String(plays)).waitFor();
    const link = page.url();
    assert.match(link, /user=ana.*period=2026-03/);

    const listened = page.locator('.panel', { hasText: 'Time listened' });
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      listened.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const lines = (await readFile(await csv.path(), 'utf8')).split('\r\n');
    assert.equal(lines[0], 'day,hours,plays,streams,skips');
    assert.equal(lines.length, 32, 'every day of March, those without music too');
    const [png] = await Promise.all([
      page.waitForEvent('download'),
      listened.getByRole('button', { name: 'PNG' }).click(),
    ]);
    const picture = await readFile(await png.path());
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
    assert.ok(picture.readUInt32BE(16) >= 1280, 'it is wide enough to be read');
    await listened.getByRole('button', { name: 'Table' }).click();
    await listened.getByRole('cell', { name: '2026-03-31' }).waitFor();

    const days31 = page.getByRole('region', { name: /Arrow keys move, Enter opens the day/ });
    await days31.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.locator('.day h3', { hasText: '24 Mar 2026' }).waitFor();
    await page.locator('.day tbody tr').first().waitFor();
    await shutsNobodyOut(page, 'march-overview');
    for (const [tab, words] of [
      ['Taste', 'A race needs two months'],
      ['Habits', 'Longest streak'],
      ['Discovery', 'Found in this period'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByText(words).waitFor();
    }
    const other = await page.context().newPage();
    await other.goto(link);
    await other.locator('.figures div', { hasText: 'Plays' }).getByText(String(plays)).waitFor();
    const tops = other.getByRole('region', { name: 'Top artists' });
    await tops.getByRole('link', { name: 'Address of Top artists' }).click();
    assert.equal(other.url(), `${link}#top-artists`);
    const third = await page.context().newPage();
    await third.setViewportSize({ width: 390, height: 844 });
    await third.goto(other.url());
    await third.waitForFunction(
      () => (document.querySelector('#top-artists')?.getBoundingClientRect().top ?? 1e4) < 844,
    );
  });

  test('a period without any music says from when to when there is some, and leads there', async (t) => {
    const page = await open(t, '/trends?user=ana&period=2025');
    if (page === undefined) return;
    await page.getByRole('heading', { name: 'Nothing was played then' }).waitFor();
    await page.getByText('goes from 10 Feb 2026 to 8 Apr 2026').waitFor();
    await page.getByRole('button', { name: 'Show all of it' }).click();
    await page.locator('.figures').waitFor();
    assert.match(page.url(), /period=all/);
  });

  test('what is skipped, by how often and by how likely', async (t) => {
    const page = await open(t, '/trends?user=ana&tab=habits');
    if (page === undefined) return;
    const skipped = page.getByRole('region', { name: 'Most skipped tracks' });
    await skipped.getByText(/^By the share of plays, of tracks played ten times/).waitFor();
    await skipped.getByRole('button', { name: 'Skips' }).click();
    await skipped.getByText(/^By how often/).waitFor();
  });

  test('Trends stay on the screen while the server is away, and say from when they are', async (t) => {
    const page = await open(t, '/trends?user=ana');
    if (page === undefined) return;
    await page.locator('.figures').waitFor();
    await page.route('**/api/**', (route) => route.abort());
    const notice = page.getByRole('alert').getByText(/^The server does not answer\./);
    await notice.waitFor();
    assert.ok(await page.locator('.figures').isVisible());
    await shutsNobodyOut(page, 'trends-stale');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await notice.waitFor({ state: 'detached' });
  });

  test('a blend that fails says so, and the songs of one listener stay', async (t) => {
    const page = await open(t, '/nothing');
    if (page === undefined) return;
    const fails = (route: Route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ detail: 'The marts are being moved.', status: 500 }),
      });
    await page.route('**/api/recommendations/blend**', fails);
    await page.route('**/api/tracks/**', fails);
    await page.route('**/api/recommendations?**', (route) =>
      route.fulfill({
        json: {
          items: [
            {
              track_id: 't1',
              track: 'Song',
              artist: 'Singer',
              genre: null,
              rank: 1,
              source: 'taste',
              because: [],
              is_new_artist: true,
              popularity: 0.5,
              listeners: 3,
            },
          ],
        },
      }),
    );
    await page.goto(`${fixture.server.url}/for-you?user=ana&with=ben&track=t1`);
    for (const name of ['Blend', 'More like it']) {
      const panel = page.getByRole('region', { name });
      await panel.getByText('The marts are being moved.').waitFor();
      await panel.getByRole('button', { name: 'Try again' }).waitFor();
    }
    await page.getByRole('region', { name: 'Songs to try' }).getByText('Singer').waitFor();
    await shutsNobodyOut(page, 'for-you-partly-failed');
    await page.unroute('**/api/recommendations/blend**');
    await page.goto(`${fixture.server.url}/for-you?user=ana&with=nobody`);
    await page.getByText('Nothing is known of nobody yet, so there is no blend').waitFor();
  });

  test('a part of Trends that fails says so, and the others stay', async (t) => {
    const page = await open(t, '/nothing');
    if (page === undefined) return;
    await page.route('**/api/trends/top?kind=artists**', (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ detail: 'The marts are being moved.', status: 500 }),
      }),
    );
    await page.goto(`${fixture.server.url}/trends?user=ana`);
    await page.getByText('The marts are being moved.').first().waitFor();
    await page.locator('.panel', { hasText: 'Top tracks' }).locator('.bars li').first().waitFor();
    await shutsNobodyOut(page, 'trends-partly-failed');
  });

  test('an erasure that could not end says why, and is asked for again with one press', async (t) => {
    const page = await open(t, '/nothing');
    if (page === undefined) return;
    const job = {
      started_at: new Date().toISOString(),
      finished_at: new Date().toISOString(),
      proof: [{ store: 'lake', files: 3, bytes: 4096, rows: 12, hits: 0 }],
      log_bytes_until: null,
    };
    const ends = [
      { ...job, state: 'failed', message: 'The disk is full.', proof: [] },
      { ...job, state: 'done', message: null },
    ];
    const asked: unknown[] = [];
    await page.route('**/api/listeners/ana/erasure', (route) => {
      if (route.request().method() !== 'POST') return route.fulfill({ status: 204 });
      asked.push(route.request().postDataJSON());
      return route.fulfill({ status: 202, json: ends[asked.length - 1] });
    });
    await page.goto(`${fixture.server.url}/your-data?user=ana`);
    await page.getByLabel('Type the name to confirm').fill('Ana');
    assert.ok(await page.getByRole('button', { name: /^Erase ana/ }).isDisabled());
    await page.getByLabel('Type the name to confirm').fill('ana');
    await page.getByRole('button', { name: 'Erase ana for good' }).click();
    await page.getByText('ana could not be erased everywhere.').waitFor();
    await page.getByText('The disk is full.').waitFor();
    await shutsNobodyOut(page, 'your-data-failed');
    await page.getByRole('button', { name: 'Erase ana again' }).click();
    await page.getByText('ana is erased.').waitFor();
    await page.getByText('Searched for the name afterwards: 0 hits.').waitFor();
    assert.deepEqual(asked, [{ confirm: 'ana' }, { confirm: 'ana' }]);
    assert.equal(await page.getByRole('button', { name: /^Erase ana/ }).count(), 0);
    await page.setViewportSize({ width: 390, height: 844 });
    await shutsNobodyOut(page, 'your-data-erased-390');
  });

  test('by keyboard alone: past the links to the content, and to another page', async (t) => {
    const page = await open(t, '/health');
    if (page === undefined) return;
    await page.locator('.flow li').first().waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').textContent(), 'Skip to content');
    await page.getByRole('link', { name: 'Trends', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.id === 'content');
    assert.equal(await page.title(), 'Trends · Tonearm');
  });

  test('parts of a page that come while the server is away are there when it is back', async (t) => {
    const page = await open(t, '/nothing');
    if (page === undefined) return;
    let isAway = true;
    for (const pattern of [/\/assets\/world-map/, (url: URL) => url.pathname === '/'])
      await page.route(pattern, (route) => (isAway ? route.abort() : route.continue()));
    const refused = page.waitForEvent('requestfailed', (request) => request.method() === 'HEAD');
    await page.getByRole('link', { name: 'Live', exact: true }).first().click();
    await refused;
    await page.getByText('A sample of 9,999 listeners').waitFor();
    isAway = false;
    await page.getByRole('img', { name: /^World map of listeners/ }).waitFor();
  });

  test('a part that an update took away asks for a reload, and the rest of the page stays', async (t) => {
    const page = await open(t, '/nothing');
    if (page === undefined) return;
    await page.route(/\/assets\/world-map/, (route) => route.abort());
    await page.getByRole('link', { name: 'Live', exact: true }).first().click();
    await page.getByText('Tonearm has changed since this page was opened.').waitFor();
    await page.getByText('A sample of 9,999 listeners').waitFor();
    await shutsNobodyOut(page, 'live-part-missing');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('img', { name: /^World map of listeners/ }).waitFor();
  });

  test('when the server comes back, the live page is live again by itself', async (t) => {
    const page = await open(t, '/');
    if (page === undefined) return;
    // The pause between two tries grows to 15 s.
    const state = (words: string) =>
      page.locator('.connection', { hasText: words }).waitFor({ timeout: 90_000 });
    await state('Live');
    const { server, config, log } = fixture;
    await server.close();
    await state('Connection lost, trying again …');
    await page.getByText(/^What you see is from/).waitFor();
    await shutsNobodyOut(page, 'live-lost');
    again = await startServer({
      config: { ...config, port: Number(new URL(server.url).port) },
      log,
      lakeState: lakeStateOf(await openLake(config, Date.now)),
      clock: Date.now,
      logger: pino({ level: 'silent' }),
      webAppDirectory,
    });
    await state('Live');
  });
});
