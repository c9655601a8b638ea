/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { AccessStore } from '../../src/access/index.ts';
import { publishMarts } from '../serving/marts-fixture.ts';
import { startFixture } from '../serving/server-fixture.ts';
import { openBrowser, openPage, screenshot, seriousFindings } from './browser.ts';

test('signing in with a token shows what the role may see, and signing out nothing', async (t) => {
  const browser = await openBrowser(t);
  if (browser === undefined) return;
  let ana = '';
  let owner = '';
  const day = '2026-03-09';
  const people = ['ana', 'ben', 'cleo', 'dan', 'eve', 'fay'];
  const fixture = await startFixture(
    async (config) => {
      await publishMarts(
        config.martsDirectory,
        'v1',
        `${day}T12:00:00.000Z`,
        people.map((user, index) => ({ user, day, plays: 3 + index })),
      );
      const store = new AccessStore(config.access.directory, Date.now);
      ana = store.createToken({ name: 'ana', role: 'listener', user: 'ana' }).text;
      owner = store.createToken({ name: 'owner', role: 'owner' }).text;
      store.close();
    },
    {
      clock: Date.now,
      webAppDirectory: join(import.meta.dirname, '../../dashboards/web/dist'),
      spotify: () => ({
        begin: () => ({ verifier: 'v', state: 's', address: 'https://accounts.example/authorize' }),
        finish: async () => 'nobody',
        connected: () => undefined,
      }),
    },
  );
  t.after(() => fixture.close());
  const { url } = fixture.server;
  const { page, problems, close } = await openPage(browser, {
    viewport: { width: 1200, height: 800 },
  });
  const signIn = async (token: string) => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  await page.goto(`${url}/trends`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByRole('link', { name: 'Sign in with Spotify' }).waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  await screenshot(page, 'sign-in');
  assert.equal(problems.length, 0, `the sign-in page has errors in the console: ${problems}`);

  // Back from Spotify without success: what happened is said, and trying again is possible.
  await page.goto(`${url}/sign-in?problem=unknown`);
  await page.getByRole('alert').getByText('is not known here').waitFor();
  await page.getByRole('link', { name: 'Sign in with Spotify' }).waitFor();
  await page.goto(`${url}/trends`);

  await signIn('tna_wrong');
  await page.getByRole('alert').getByText('not known here').waitFor();
  // The browser itself notes the refused answer.
  const refused: string[] = problems.splice(0);
  assert.ok(
    refused.every((line) => line.includes('401')),
    String(refused),
  );

  await signIn(ana);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await page.getByRole('button', { name: 'ana', exact: true }).click();
  await page.getByRole('heading', { name: 'ana' }).waitFor();
  await page.getByText('fewer than 5 listeners').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Pipeline health' }).count(), 0);
  assert.equal(
    await page.getByRole('combobox', { name: 'Find a listener' }).count(),
    0,
    'a listener may look for others',
  );
  assert.deepEqual(await seriousFindings(page), []);
  await screenshot(page, 'trends-listener');
  for (const path of ['/', '/trends', '/for-you']) {
    await page.goto(url + path);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  }
  assert.equal(await page.evaluate(() => document.cookie), '', 'scripts can read the session');
  assert.deepEqual(problems, [], 'a page of a listener has errors in the console');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signIn(owner);
  await page.getByRole('link', { name: 'Pipeline health' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  assert.deepEqual(problems, [], 'a page of the owner has errors in the console');

  // Taken back while the page is open: the sign-in page comes by itself.
  const store = new AccessStore(fixture.config.access.directory, Date.now);
  for (const { id } of store.tokens()) store.revokeToken(id);
  store.close();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor({ timeout: 30_000 });
  await close();
});
