/**
 * How long an event takes from the log to a browser: simulated events from a process of their
 * own, the server in a second, and a client of the live stream here. The n-th record of the log
 * is on screen with the first message whose counts reach n.
 *
 *   node bench/live-latency.ts [events per second] [seconds]
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { eventTopics } from '../contracts/index.ts';
import { parseConfig } from '../src/config.ts';
import type { LiveSnapshot } from '../src/live/index.ts';
import { openLog } from '../src/log/index.ts';
import { startServer } from '../src/serving/index.ts';

const warmUpSeconds = 5;
/** The stream sends at most every 150 ms: an event waits 0 to 150 ms for that alone. */
const paceMs = 150;
const targetMs = 250;
const [mode = '1000', second = '30'] = process.argv.slice(2);

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
  process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
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
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
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

const cpuOf = async (child: ChildProcess): Promise<number> => {
  child.send('cpu');
  const [{ cpu }] = (await once(child, 'message')) as [{ cpu: NodeJS.CpuUsage }];
  return (cpu.user + cpu.system) / 1e6;
};

async function measure(rate: number, seconds: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
  const server = fork(fileURLToPath(import.meta.url), ['serve', directory]);
  const [{ url }] = (await once(server, 'message')) as [{ url: string }];
  const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
  const stop = new AbortController();
  const messages: Message[] = [];
  const listening = listen(url, messages, stop.signal).catch(() => undefined);
  const producer = spawn(
    process.execPath,
    [cli, 'simulate', '--live', '--rate', String(rate), '--users', '10000'],
    { env: { ...process.env, TONEARM_DATA: directory }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  try {
    while ((messages.at(-1)?.total ?? 0) === 0) await delay(100);
    await delay(warmUpSeconds * 1000);
    const from = Date.now();
    const cpuBefore = await cpuOf(server);
    await delay(seconds * 1000);
    const to = Date.now();
    const cpu = (await cpuOf(server)) - cpuBefore;
    producer.kill('SIGINT');
    await once(producer, 'exit');
    await delay(1000);
    stop.abort();
    await listening;
    report(await receivedTimes(directory), messages, { from, to, cpu });
  } finally {
    producer.kill('SIGKILL');
    server.disconnect();
    await once(server, 'exit');
    await rm(directory, { recursive: true });
  }
}

function report(
  times: readonly number[],
  messages: readonly Message[],
  { from, to, cpu }: { from: number; to: number; cpu: number },
): void {
  const latencies: number[] = [];
  let message = 0;
  let unseen = 0;
  times.forEach((time, index) => {
    while (message < messages.length && messages[message]!.total <= index) message += 1;
    if (time < from || time >= to) return;
    if (message === messages.length) unseen += 1;
    else latencies.push(messages[message]!.at - time);
  });
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
  const elapsed = (to - from) / 1000;
  const row = (name: string, value: string, limit: string) =>
    console.log(`${name.padEnd(34)}${value.padStart(12)}  ${limit}`);
  row('', 'measured', `pacing alone (every ${paceMs} ms)`);
  row('events a second', (latencies.length / elapsed).toFixed(0), '');
  row('record to message, p50 ms', at(0.5).toFixed(0), (paceMs * 0.5).toFixed(0));
  row('record to message, p99 ms', at(0.99).toFixed(0), (paceMs * 0.99).toFixed(0));
  row('record to message, longest ms', at(1).toFixed(0), String(paceMs));
  row('target p99 ms', String(targetMs), `${(at(0.99) / targetMs).toFixed(2)} of it used`);
  row('server CPU-seconds a second', (cpu / elapsed).toFixed(2), '');
  row('server CPU-µs an event', ((cpu / latencies.length) * 1e6).toFixed(0), '');
  row('events never shown', String(unseen), '0');
}

if (mode === 'serve') await serve(second);
else await measure(Number(mode), Number(second));
