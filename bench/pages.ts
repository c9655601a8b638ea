/**
 * How soon each page of the web app shows its content with a long history behind it, in Chromium with an empty cache.
 *
 *   node bench/pages.ts [plays] [visits] [folder of the marts]
 *
 * The marts are those of bench/api.ts, made anew where the folder has none. The server is `tonearm serve`, a process of its own.
 * Each visit is a browser context of its own and, where the page is a listener's, another listener, so that neither the browser
 * nor the server has the answers. Live with its events is in bench/on-screen.ts. Content is what the page is for: its first list, picture or figure, not its frame.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { buildWeb } from '../scripts/build-web.mjs';
import { freePorts } from '../src/services/index.ts';
import { generateMarts } from './generated-marts.ts';
import { row } from './measure.ts';

const [plays = 10_000_000, visits = 7] = process.argv.slice(2).map(Number);
const people = { plays, listeners: 20_000, tracks: 50_000, days: 365 };
const kept = process.argv[4];
const data = kept ?? (await mkdtemp(join(tmpdir(), 'tonearm-bench-')));
const [port] = await freePorts(1);
const url = `http://127.0.0.1:${port}`;
const chromiumPath = '/usr/bin/chromium';
const user = (visit: number) => `listener-${((visit + 1) * 7919) % people.listeners}`;
const range = (visit: number) => `from=2025-01-${10 + visit}&to=2025-11-${10 + visit}`;

const pages: readonly [string, (visit: number) => string, string][] = [
  ['trends of everyone', (visit) => `/trends?${range(visit)}`, '.bars li'],
  ['trends of a listener', (visit) => `/trends?user=${user(visit)}`, '.bars li'],
  ['taste', (visit) => `/trends?tab=taste&user=${user(visit)}`, '.bars li'],
  ['habits', (visit) => `/trends?tab=habits&user=${user(visit)}`, '.plot svg'],
  ['discovery', (visit) => `/trends?tab=discovery&user=${user(visit)}`, '.plot svg'],
  ['discovery of everyone', (visit) => `/trends?tab=discovery&${range(visit)}`, '.plot svg'],
  ['for you', (visit) => `/for-you?user=${user(visit)}`, '.tracks li'],
  ['blend', (visit) => `/for-you?user=${user(visit)}&with=${user(visit + 50)}`, '.tracks li'],
  ['wrapped', (visit) => `/wrapped?user=${user(visit)}&period=2025`, '.card svg, .empty h2'],
  ['your data', (visit) => `/your-data?user=${user(visit)}`, '.own-data form'],
  ['health', () => '/health', '.flow li'],
];

const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;

/** Scripts that a page names itself, compressed: what must come before anything is drawn. */
async function firstScriptBytes(browser: Browser): Promise<number> {
  const page = await browser.newPage();
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  const scripts = (await page.evaluate(
    "[...document.querySelectorAll('script[src], link[rel=modulepreload]')].map((one) => one.src || one.href)",
  )) as string[];
  await page.close();
  const sizes = scripts.map(async (script) => gzipSync(await (await fetch(script)).bytes()).length);
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}

const problem = buildWeb((line) => console.log(line));
if (problem !== undefined) throw new Error(problem);
if (!existsSync(join(data, 'marts/current.json'))) await generateMarts(join(data, 'marts'), people);
const server = spawn(process.execPath, [join(import.meta.dirname, '../src/cli.ts'), 'serve'], {
  env: { ...process.env, TONEARM_DATA: data, TONEARM_PORT: String(port) },
  stdio: 'ignore',
});
try {
  while (!(await fetch(`${url}/api/status`).catch(() => undefined))?.ok) await delay(50);
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
  });
  row('first JavaScript, gzip', `${((await firstScriptBytes(browser)) / 1000).toFixed(0)} kB`);
  row(`seconds, ${visits} visits with an empty cache`, 'median', 'longest');
  for (const [name, path, content] of pages) {
    const shown: number[] = [];
    for (let visit = 0; visit < visits; visit += 1) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
      const page = await context.newPage();
      const started = performance.now();
      await page.goto(url + path(visit), { waitUntil: 'commit' });
      await page.waitForSelector(content);
      shown.push((performance.now() - started) / 1000);
      await context.close();
    }
    row(name, quantile(shown, 0.5).toFixed(2), quantile(shown, 1).toFixed(2));
  }
  await browser.close();
  row('load of the machine', loadavg()[0]!.toFixed(1));
} finally {
  server.kill('SIGINT');
  if (server.exitCode === null) await once(server, 'exit');
  if (kept === undefined) await rm(data, { recursive: true, force: true });
}
