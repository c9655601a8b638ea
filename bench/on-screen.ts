/**
 * With everything running and about a million events in the lake: how long a new event takes to
 * gold on screen, an import beside the live stream, and how soon a page shows its content.
 *
 *   node bench/on-screen.ts [users] [days] [probes]
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { parseConfig } from '../src/config.ts';
import { openLog } from '../src/log/index.ts';
import { row } from './measure.ts';

const [users = '1200', days = '14', probes = '20'] = process.argv.slice(2);
const cli = join(import.meta.dirname, '../src/cli.ts');
const data = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
const environment = { ...process.env, TONEARM_DATA: data };
const chromiumPath = '/usr/bin/chromium';
/** A refresh begins every 15 s. */
const refreshSeconds = 15;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  return port;
}

const seconds = (since: number) => (performance.now() - since) / 1000;
const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;

async function until<T>(ask: () => Promise<T | undefined>, child: ChildProcess): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (child.exitCode !== null) throw new Error('up has ended');
    await delay(100);
  }
}

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const json = async <T>(path: string): Promise<T | undefined> => {
  const response = await fetch(url + path);
  return response.ok ? ((await response.json()) as T) : undefined;
};

let started = performance.now();
const up = spawn(
  process.execPath,
  [cli, 'up', '--port', String(port), '--rate', '20', '--users', users, '--history', days],
  { env: environment, stdio: 'ignore' },
);
try {
  await until(
    async () => (await json<{ mart?: object | null }>('/api/status'))?.mart ?? undefined,
    up,
  );
  const log = await openLog(parseConfig(environment, data).log);
  const events = (await log.offsets()).reduce(
    (sum, { latest, earliest }) => sum + latest - earliest,
    0,
  );
  row('', 'measured', 'target');
  row('events in the log', events.toLocaleString('en'), '1,000,000');
  row('start to first gold, history made on the way', `${seconds(started).toFixed(1)} s`, '');

  const producer = await log.producer({ lingerMs: 5 });
  const waits: number[] = [];
  for (let probe = 0; probe < Number(probes); probe += 1) {
    await delay(((probe * 7) % refreshSeconds) * 1000);
    const user = `probe-${randomUUID()}`;
    started = performance.now();
    await producer.send('plays', {
      key: user,
      value: JSON.stringify({
        event_id: randomUUID(),
        play_id: randomUUID(),
        user_id: user,
        track_id: 'spotify:track:0000000000000000000000',
        track: 'Probe',
        artist: 'Probe',
        timestamp: new Date().toISOString(),
        duration: 60_000,
        skipped: false,
        device: 'web',
        source: 'simulator',
      }),
    });
    await producer.flush();
    await until(() => json(`/api/listeners/${user}`), up);
    waits.push(seconds(started));
  }
  await producer.close();
  await log.close();
  row(`event to gold, p50 of ${probes}`, `${quantile(waits, 0.5).toFixed(1)} s`, '');
  row('event to gold, p95', `${quantile(waits, 0.95).toFixed(1)} s`, '30 s');

  const real = join(import.meta.dirname, '../../shared/data/history-account/teach_a');
  if (existsSync(real)) {
    started = performance.now();
    spawnSync(process.execPath, [cli, 'import', real, '--user', 'ana'], { env: environment });
    await until(async () => {
      const answer = await json<{ plays: number }>('/api/listeners/ana');
      return answer && answer.plays >= 38_000 ? answer : undefined;
    }, up);
    row('import of 38,403 rows to gold, beside it all', `${seconds(started).toFixed(1)} s`, '15 s');
  }

  if (existsSync(chromiumPath)) {
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
    });
    for (const [name, path, content] of [
      ['live', '/', '.playing li'],
      ['trends', '/trends', '.bars li'],
      ['for you', '/for-you?user=user-000001', '.tracks li'],
      ['health', '/health', '.flow li'],
    ] as const) {
      const shown: number[] = [];
      for (let visit = 0; visit < 5; visit += 1) {
        const context = await browser.newContext();
        const page = await context.newPage();
        started = performance.now();
        await page.goto(url + path, { waitUntil: 'commit' });
        await page.waitForSelector(content);
        shown.push(seconds(started));
        await context.close();
      }
      row(`page ${name}, empty cache, median of 5`, `${quantile(shown, 0.5).toFixed(2)} s`, '1 s');
    }
    await browser.close();
  }
} finally {
  up.kill('SIGINT');
  if (up.exitCode === null) await once(up, 'exit');
  await rm(data, { recursive: true, force: true });
}
