/// <reference lib="dom" />
/**
 * How long an event takes from the log to a screen: simulated events from a process of their own, the
 * server in a second, clients of the live stream in a third, and the live page in Chromium. The n-th record
 * of the log has come with the first message, and is on screen with the first frame, whose counts reach n.
 * Some clients never read: they must cost the server no memory.
 *
 *   node bench/live-latency.ts [events per second] [seconds] [clients]
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { type Browser, chromium } from 'playwright-core';
import { eventTopics } from '../contracts/index.ts';
import { buildWeb } from '../scripts/build-web.mjs';
import { parseConfig } from '../src/config.ts';
import type { LiveSnapshot } from '../src/live/index.ts';
import { openLog } from '../src/log/index.ts';
import { startServer } from '../src/serving/index.ts';

const warmUpSeconds = 5;
/** The stream sends at most every 50 ms: an event waits 0 to 50 ms for that alone. */
const paceMs = 50;
const targetMs = 250;
/** One client in so many reads nothing at all. */
const stalledOneIn = 10;
const chromiumPath = '/usr/bin/chromium';
const [mode = '5000', second = '30', third = '200'] = process.argv.slice(2);

const configOf = (directory: string) =>
  parseConfig({ TONEARM_DATA: directory, TONEARM_PORT: '0' }, directory);

/** The child that serves; it reports its address, and its CPU time when asked. */
async function serve(directory: string): Promise<void> {
  const config = configOf(directory);
  const log = await openLog(config.log);
  const server = await startServer({
    config,
    log,
    lakeState: async () => ({ tables: [], deadLetters: [] }),
    clock: Date.now,
    logger: pino({ level: 'silent' }),
  });
  process.on('message', () =>
    process.send?.({ cpu: process.cpuUsage(), memory: process.memoryUsage.rss() }),
  );
  process.once('disconnect', async () => {
    await server.close();
    await log.close();
  });
  process.send?.({ url: server.url });
}

interface Message {
  readonly at: number;
  /** Events counted by the view so far. */
  readonly total: number;
}

/** Collects the messages of the stream until aborted. */
async function listen(url: string, messages: Message[], signal: AbortSignal): Promise<void> {
  const response = await fetch(`${url}/api/live/stream`, { signal });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const at = Date.now();
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^event: live\ndata: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data === undefined) continue;
      const live = JSON.parse(data) as LiveSnapshot;
      const total = live.per_minute.reduce(
        (sum, { starts, plays, skips, likes }) => sum + starts + plays + skips + likes,
        live.imported_recently,
      );
      messages.push({ at, total });
    }
  }
}

/** The child with the other clients: they take what comes and throw it away. */
async function connect(url: string, clients: number): Promise<void> {
  for (let index = 0; index < clients; index += 1) {
    const [response] = await once(get(`${url}/api/live/stream`, { agent: false }), 'response');
    if (index % stalledOneIn === 0) response.pause();
    else response.resume();
    response.on('error', () => undefined);
  }
  process.once('disconnect', () => process.exit(0));
  process.send?.({ connected: clients });
}

/** What the live page records about itself: frames with the count that they show, and long tasks. */
interface Watched {
  frames: { at: number; total: number }[];
  longTasks: number[];
}

/** Runs in the page, before its own scripts. */
function watch(): void {
  const watched: Watched = { frames: [], longTasks: [] };
  Object.assign(window, { watched });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watched.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    // A task after the next frame begins: what was changed has been painted by then.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        waiting = false;
        const total = Number(document.querySelector<HTMLDataElement>('data')?.value ?? 0);
        watched.frames.push({ at: Date.now(), total });
      };
      port2.postMessage('');
    });
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['value'] });
}

async function openLivePage(browser: Browser, url: string) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  await page.addInitScript(watch);
  await page.goto(url);
  await page.waitForSelector('.world path', { timeout: 60_000 });
  return {
    forget: () => page.evaluate('watched.longTasks = []'),
    read: async () => (await page.evaluate('watched')) as Watched,
  };
}

/** Times of receipt of all records, in order. */
async function receivedTimes(directory: string): Promise<number[]> {
  const log = await openLog(configOf(directory).log);
  const times: number[] = [];
  for (const range of await log.offsets(eventTopics)) {
    let offset = range.earliest;
    while (offset < range.latest) {
      const batch = await log.fetch(range.topic, range.partition, offset, 4 * 1024 * 1024);
      if (batch === undefined) break;
      for (let index = 0; index < batch.count; index += 1) times.push(batch.timestamp(index));
      offset = batch.nextOffset;
    }
  }
  await log.close();
  return times.sort((a, b) => a - b);
}

/** CPU-seconds that a child has used, and the memory that it holds, MB. */
const usageOf = async (child: ChildProcess): Promise<{ cpu: number; memory: number }> => {
  child.send('usage');
  const [{ cpu, memory }] = (await once(child, 'message')) as [
    { cpu: NodeJS.CpuUsage; memory: number },
  ];
  return { cpu: (cpu.user + cpu.system) / 1e6, memory: memory / 2 ** 20 };
};

async function measure(rate: number, seconds: number, clients: number): Promise<void> {
  const problem = buildWeb((line) => console.error(line));
  if (problem !== undefined) throw new Error(problem);
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
  const self = fileURLToPath(import.meta.url);
  const server = fork(self, ['serve', directory]);
  const [{ url }] = (await once(server, 'message')) as [{ url: string }];
  const others = fork(self, ['connect', url, String(clients)]);
  await once(others, 'message');
  const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
  const stop = new AbortController();
  const messages: Message[] = [];
  const listening = listen(url, messages, stop.signal).catch(() => undefined);
  const producer = spawn(
    process.execPath,
    [cli, 'simulate', '--live', '--rate', String(rate), '--users', '10000'],
    { env: { ...process.env, TONEARM_DATA: directory }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const browser = existsSync(chromiumPath)
    ? await chromium.launch({
        executablePath: chromiumPath,
        args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
      })
    : undefined;
  try {
    while ((messages.at(-1)?.total ?? 0) === 0) await delay(100);
    const page = browser && (await openLivePage(browser, url));
    await delay(warmUpSeconds * 1000);
    await page?.forget();
    const from = Date.now();
    const before = await usageOf(server);
    await delay(seconds * 1000);
    const to = Date.now();
    const after = await usageOf(server);
    const seen = await page?.read();
    const load = loadavg()[0]!;
    producer.kill('SIGINT');
    await once(producer, 'exit');
    await delay(1000);
    stop.abort();
    await listening;
    const elapsed = (to - from) / 1000;
    const times = (await receivedTimes(directory)).map((at, index) => ({ at, index }));
    const inside = times.filter(({ at }) => at >= from && at < to - targetMs * 4);
    row('', 'measured', 'limit');
    row('events a second', (inside.length / (elapsed - (targetMs * 4) / 1000)).toFixed(0), '');
    row('clients, each tenth of them never reading', String(clients + 1), '');
    report('message', inside, messages);
    if (seen !== undefined) {
      report('screen', inside, seen.frames);
      row('target, record to screen, p99 ms', '', String(targetMs));
      row('longest task of the page, ms', Math.max(0, ...seen.longTasks).toFixed(0), '100');
      row('tasks over 50 ms', String(seen.longTasks.length), '');
    }
    row('server, CPU-seconds a second', ((after.cpu - before.cpu) / elapsed).toFixed(2), '');
    row(
      'server, memory, MB: before, after',
      `${before.memory.toFixed(0)}, ${after.memory.toFixed(0)}`,
      '',
    );
    row('load of the machine, 2 cores', load.toFixed(1), '');
  } finally {
    producer.kill('SIGKILL');
    await browser?.close();
    others.disconnect();
    server.disconnect();
    await once(server, 'exit');
    await rm(directory, { recursive: true });
  }
}

const row = (name: string, value: string, limit: string) =>
  console.log(`${name.padEnd(44)}${value.padStart(14)}  ${limit}`);

/** How long records took until something had counted them. */
function report(
  where: string,
  records: readonly { at: number; index: number }[],
  shown: readonly Message[],
): void {
  const latencies: number[] = [];
  let next = 0;
  let unseen = 0;
  for (const { at, index } of records) {
    while (next < shown.length && shown[next]!.total <= index) next += 1;
    if (next === shown.length) unseen += 1;
    else latencies.push(shown[next]!.at - at);
  }
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
  const alone = (share: number) => (where === 'message' ? `pacing alone: ${paceMs * share}` : '');
  row(`record to ${where}, p50 ms`, at(0.5).toFixed(0), alone(0.5));
  row(`record to ${where}, p99 ms`, at(0.99).toFixed(0), alone(0.99));
  row(`record to ${where}, longest ms`, at(1).toFixed(0), alone(1));
  row(`never on ${where}`, String(unseen), '0');
}

if (mode === 'serve') await serve(second);
else if (mode === 'connect') await connect(second, Number(third));
else await measure(Number(mode), Number(second), Number(third));
