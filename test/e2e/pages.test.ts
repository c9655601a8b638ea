/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { openBrowser, openPage, screenshot, scrollThrough, seriousFindings } from './browser.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');

/** `tonearm up` on a free port with a few days of history: the address when the first marts are there. */
async function startUp(t: TestContext) {
  const data = await mkdtemp(join(tmpdir(), 'tonearm-up-'));
  const { createServer } = await import('node:net');
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  const child = spawn(
    process.execPath,
    [cli, 'up', '--port', String(port), '--rate', '30', '--users', '60', '--history', '4'],
    {
      env: { ...process.env, TONEARM_DATA: data, TONEARM_REFRESH_SECONDS: '3' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exited = once(child, 'exit');
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  t.after(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await rm(data, { recursive: true, force: true });
  });
  const deadline = Date.now() + 420_000;
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/api/status`).then(
      (answer) => answer.json() as Promise<{ mart?: unknown }>,
      () => undefined,
    );
    // The first version may hold a part of the history; lists for everyone follow within a minute or two.
    const who = status?.mart ? await twoWithMostPlays(port) : [];
    const [listener, other] = who;
    if (listener !== undefined && other !== undefined && (await hasReasons(port, listener)))
      return { url: `http://127.0.0.1:${port}`, child, exited, said: () => said, listener, other };
    const what = status?.mart ? `make lists for ${listener}` : 'publish';
    assert.ok(child.exitCode === null && Date.now() < deadline, `up did not ${what}:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What listeners play follows from the time of day: those with most plays have reasons, whenever it is. */
async function twoWithMostPlays(port: number): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/listeners?limit=2`);
  const { items } = (await answer.json()) as { items: { user_id: string }[] };
  return items.map((one) => one.user_id);
}

async function hasReasons(port: number, listener: string): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/recommendations?user=${listener}`);
  const { items } = (await answer.json()) as { items: { because: unknown[] }[] };
  return items.some((item) => item.because.length > 0);
}

test('up shows live listening, trends and health in the browser, and Ctrl-C stops it cleanly', async (t) => {
  if (!hasPythonEnvironment())
    return t.skip('the Python environment is missing: node scripts/python-environment.mjs');
  const browser = await openBrowser(t);
  if (browser === undefined) return;
  const { url, child, exited, said, listener, other } = await startUp(t);

  const looks = [
    { width: 1440, height: 1000, colorScheme: 'light' },
    { width: 1440, height: 1000, colorScheme: 'dark' },
    { width: 390, height: 844, colorScheme: 'light' },
    { width: 390, height: 844, colorScheme: 'dark' },
    { width: 2560, height: 1300, colorScheme: 'dark' },
  ] as const;
  for (const { width, height, colorScheme } of looks) {
    await t.test(
      `every page at ${width} pixels, ${colorScheme}: content, no errors, no sideways scrolling`,
      async () => {
        const { page, problems, close } = await openPage(browser, {
          viewport: { width, height },
          colorScheme,
        });
        for (const [name, path, content] of [
          ['live', '/', '.world path'],
          ['trends', '/trends', '.bars li'],
          ['trends-taste', `/trends?tab=taste&user=${listener}`, '.bars li'],
          ['trends-habits', '/trends?tab=habits', '.plot svg'],
          ['trends-discovery', `/trends?tab=discovery&user=${listener}`, '.plot svg'],
          ['wrapped', `/wrapped?user=${listener}`, '.card svg, .empty h2'],
          ['for-you', `/for-you?user=${listener}&with=${other}`, '.tracks li'],
          ['your-data', `/your-data?user=${listener}`, '.own-data form'],
          ['health', '/health', '.lineage button'],
        ] as const) {
          await page.goto(url + path);
          await page.waitForSelector('main .panel, main .empty, main .card', { timeout: 30_000 });
          await scrollThrough(page);
          await page.waitForSelector(content, { timeout: 30_000 });
          const tooWide = await page.evaluate(() =>
            document.documentElement.scrollWidth <= window.innerWidth
              ? []
              : [...document.querySelectorAll('*')]
                  .filter((element) => element.getBoundingClientRect().right > window.innerWidth)
                  .map((element) => `${element.tagName}.${element.className}`),
          );
          assert.deepEqual(tooWide, [], `${name} scrolls sideways`);
          assert.deepEqual(await seriousFindings(page), [], `${name} shuts people out`);
          await screenshot(page, `${name}-${width}-${colorScheme}`);
        }
        assert.deepEqual(problems, []);
        await close();
      },
    );
  }

  await t.test('the live page moves by itself, and pausing closes its stream', async () => {
    const { page, close } = await openPage(browser, { viewport: { width: 1440, height: 900 } });
    await page.goto(url);
    const first = await page.locator('.playing li').first().textContent();
    await page.waitForFunction(
      (before) => document.querySelector('.playing li')?.textContent !== before,
      first,
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Live', { exact: true }).last().waitFor();
    await close();
  });

  await t.test('a listener is found by keyboard, and the address keeps the choice', async () => {
    const { page, close } = await openPage(browser, { viewport: { width: 1440, height: 900 } });
    await page.goto(`${url}/trends`);
    const box = page.getByRole('combobox', { name: 'Find a listener' });
    await box.fill('user-00000');
    await page.locator('.combo [role=option]').first().waitFor();
    await box.press('ArrowDown');
    await box.press('Enter');
    await page.waitForFunction(() => window.location.search.includes('user=user-00000'));
    const heading = await page.getByRole('heading', { level: 1 }).textContent();
    await page.reload();
    await page.waitForSelector('.figures dd');
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), heading);
    await close();
  });

  await t.test(
    'what did I listen to this month? a month is chosen, a day opened, a card kept',
    async () => {
      const { page, problems, close } = await openPage(browser, {
        viewport: { width: 1440, height: 900 },
      });
      await page.goto(`${url}/trends?user=${listener}`);
      const month = new Date().toISOString().slice(0, 7);
      await page.getByRole('combobox', { name: 'Month or year' }).selectOption(month);
      await page.waitForFunction((key) => window.location.search.includes(`period=${key}`), month);
      await page.locator('.bars li').first().waitFor();
      await page.locator('.calendar rect[style*="color-mix"]').first().click();
      await page.locator('.day tbody tr').first().waitFor();
      await page.getByRole('tab', { name: 'Overview' }).press('ArrowRight');
      await page.waitForFunction(() => window.location.search.includes('tab=taste'));
      await page.goto(`${url}/wrapped?user=${listener}&period=${month}`);
      const button = page.getByRole('button', { name: 'Download Minutes' });
      await button.or(page.getByText('is too quiet to wrap')).waitFor();
      if (await button.isVisible()) {
        const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
        assert.equal(file.suggestedFilename(), `tonearm-${listener}-${month}-minutes.png`);
      }
      assert.deepEqual(problems, []);
      await close();
    },
  );

  await t.test(
    'what should I play? a listener is chosen, songs come with reasons, one leads to more',
    async () => {
      const { page, problems, close } = await openPage(browser, {
        viewport: { width: 1440, height: 900 },
      });
      await page.goto(`${url}/for-you`);
      await page.getByRole('heading', { name: 'Whose taste is it to be?' }).waitFor();
      const box = page.getByRole('combobox', { name: 'Find a listener' });
      await box.fill(listener);
      await page.locator('.combo [role=option]').first().waitFor();
      await box.press('Enter');
      await page
        .getByText(/^Because you play/)
        .first()
        .waitFor();
      const list = page.locator('.tracks').first();
      const first = await list.locator('li strong').first().textContent();
      await page
        .getByRole('button', { name: /^More like it/ })
        .first()
        .click();
      await page.getByRole('heading', { name: `More like ${first}` }).waitFor();
      const before = await list.textContent();
      await page.getByRole('slider').fill('1');
      await page.waitForFunction(
        (old) => document.querySelector('.tracks')?.textContent !== old,
        before,
      );
      assert.match(page.url(), /adventure=1/);
      assert.deepEqual(problems, []);
      await close();
    },
  );

  await t.test(
    'all that is kept of a listener is taken along, then erased, and leaves an open Live page',
    async () => {
      const { page, problems, close } = await openPage(browser, {
        viewport: { width: 1440, height: 900 },
      });
      const live = await page.context().newPage();
      await live.goto(url);
      // Who plays their first song ever is in no mart yet.
      let user: string | undefined;
      while (user === undefined) {
        await live.locator('.playing .who').first().waitFor();
        for (const name of await live.locator('.playing .who span:first-child').allTextContents()) {
          const { ok } = await fetch(`${url}/api/listeners/${name}`);
          if (ok) user ??= name;
        }
      }
      await page.goto(`${url}/your-data`);
      await page.getByRole('heading', { name: 'Whose data?' }).waitFor();
      const box = page.getByRole('combobox', { name: 'Find a listener' });
      await box.fill(user);
      await page.locator('.combo [role=option]').first().waitFor();
      await box.press('Enter');
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download everything' }).click(),
      ]);
      const zip = await readFile(await file.path());
      assert.equal(zip.subarray(0, 2).toString(), 'PK');
      assert.match(zip.toString('latin1'), /plays\.parquet/);

      const button = page.getByRole('button', { name: `Erase ${user} for good` });
      const confirmation = page.getByLabel('Type the name to confirm');
      await confirmation.fill(`${user}x`);
      assert.ok(await button.isDisabled(), 'another name erases somebody');
      const refused = await fetch(`${url}/api/listeners/${user}/erasure`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tonearm': '1' },
        body: JSON.stringify({ confirm: `${user}x` }),
      });
      assert.equal(refused.status, 400);
      await confirmation.fill(user);
      await button.click();
      await page.getByText(`Erasing ${user} …`).waitFor();
      await page.getByText(`${user} is erased.`).waitFor({ timeout: 240_000 });
      await page.getByText('Searched for the name afterwards: 0 hits.').waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      await screenshot(page, 'your-data-erased');
      // The simulator goes on playing for them: none of it is shown.
      const names = () => live.locator('.playing .who span:first-child').allTextContents();
      for (let picture = 0; picture < 10; picture += 1) {
        const before = await live.locator('.playing').textContent();
        assert.ok(!(await names()).includes(user), 'an erased listener is on the Live page');
        await live.waitForFunction(
          (old) => document.querySelector('.playing')?.textContent !== old,
          before,
        );
      }
      await page.goto(`${url}/trends?user=${user}`);
      await page.getByRole('heading', { name: `Nothing is known of ${user} yet` }).waitFor();
      problems.splice(0, problems.length, ...problems.filter((line) => !line.includes('404')));
      assert.deepEqual(problems, []);
      await close();
    },
  );

  child.kill('SIGINT');
  const [code] = await exited;
  assert.equal(code, 0, said());
  assert.match(said(), /Stopped\./);
});
