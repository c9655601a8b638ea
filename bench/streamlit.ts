/**
 * How long a page of the Streamlit dashboard takes until all of it is there: the first visitor, a new visitor with an
 * empty cache, and a reload, in Chromium beside the API with simulated history behind it.
 *
 *   node bench/streamlit.ts [events] [visits]
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { freePorts } from '../src/services/index.ts';
import { row } from './measure.ts';

const [events = '200000', visits = '7'] = process.argv.slice(2);
const cli = join(import.meta.dirname, '../src/cli.ts');
const data = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
const [port, dashboard] = (await freePorts(2)) as [number, number];
const env = {
  ...process.env,
  TONEARM_DATA: data,
  TONEARM_PORT: String(port),
  TONEARM_API_URL: `http://127.0.0.1:${port}`,
};

function tonearm(...args: string[]): void {
  const done = spawnSync(process.execPath, [cli, ...args], { env, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${args[0]} failed: ${done.stderr}`);
}

async function start(args: string[], address: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [cli, ...args], { env, stdio: 'ignore' });
  for (;;) {
    if (await fetch(address).catch(() => undefined)) return child;
    if (child.exitCode !== null) throw new Error(`${args[0]} has ended`);
    await delay(100);
  }
}

const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;
const figure = (values: number[]) =>
  `${quantile(values, 0.5).toFixed(2)}, ${quantile(values, 1).toFixed(2)} s`;

const pages = [
  { name: 'Listening', path: '/', end: /^Trends read at/ },
  { name: 'Recommendations', path: '/recommendations', end: /^Method:/ },
  { name: 'SQL', path: '/sql', end: /^\d+ tables$/ },
];

const running: ChildProcess[] = [];
try {
  tonearm('simulate', '--events', events, '--users', '500');
  tonearm('sink', '--until-idle');
  tonearm('run');
  running.push(await start(['serve'], `http://127.0.0.1:${port}/api/status`));
  const address = `http://127.0.0.1:${dashboard}`;
  running.push(
    await start(['streamlit', '--port', String(dashboard)], `${address}/_stcore/health`),
  );
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
  });
  /** Seconds until the page's last line is there and its script has ended. */
  const shown = async (page: Page, go: () => Promise<unknown>, end: RegExp) => {
    const begun = performance.now();
    await go();
    await page.getByText(end).first().waitFor({ timeout: 60_000 });
    return (performance.now() - begun) / 1000;
  };
  row(
    `${Number(events).toLocaleString('en')} events; limit 3 s when warm`,
    'first',
    'new, median',
    'reload, median',
  );
  for (const { name, path, end } of pages) {
    const [fresh, again]: [number[], number[]] = [[], []];
    for (let visit = 0; visit <= Number(visits); visit += 1) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
      const page = await context.newPage();
      const to = { waitUntil: 'commit' } as const;
      fresh.push(await shown(page, () => page.goto(address + path, to), end));
      again.push(await shown(page, () => page.reload(to), end));
      await context.close();
    }
    const [first, ...later] = fresh;
    row(`${name}, and longest`, `${first!.toFixed(2)} s`, figure(later), figure(again.slice(1)));
  }
  await browser.close();
} finally {
  for (const child of running) {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'exit');
  }
  await rm(data, { recursive: true, force: true });
}
