/**
 * Every route over the marts at a fixed rate, with a long history behind it: waiting times and the server's CPU.
 *
 *   node bench/api.ts [plays] [requests a second] [seconds a route]
 *
 * The marts are made from generated plays, without log, lake and dbt; the server is `tonearm serve`, a process
 * of its own. A wait counts from the moment when the request was due, not from when it could be sent. Each request
 * asks for another listener, track or period; nothing is answered from the client's cache but in the last line.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../src/services/index.ts';
import { generateMarts } from './generated-marts.ts';
import { row } from './measure.ts';

const [plays = 10_000_000, rate = 100, seconds = 5] = process.argv.slice(2).map(Number);
const people = { plays, listeners: 20_000, tracks: 50_000, days: 365 };
/** Of the kernel's clock that counts a process's time. */
const ticksPerSecond = 100;

const data = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
const agent = new Agent({ keepAlive: true });
const [port] = await freePorts(1);

const user = (place: number) => `listener-${(place * 7919) % people.listeners}`;
const track = (place: number) => encodeURIComponent(`spotify:track:${(place * 31) % 5000}`);
const range = (place: number) => {
  const from = new Date(Date.UTC(2025, 0, 1) + (place % 300) * 86_400_000);
  const to = new Date(from.getTime() + (1 + (place % 60)) * 86_400_000);
  return `from=${from.toISOString().slice(0, 10)}&to=${to.toISOString().slice(0, 10)}`;
};

/** What each route is asked for, by the place of the request. */
const routes: Record<string, ((place: number) => string)[]> = {
  '/api/trends/daily': [(place) => range(place), (place) => `user=${user(place)}`],
  '/api/trends/top': [
    () => '',
    (place) => range(place),
    (place) => `kind=artists&${range(place)}`,
    (place) => `user=${user(place)}&limit=200`,
    (place) => `kind=artists&user=${user(place)}`,
  ],
  '/api/trends/clock': [() => '', (place) => `user=${user(place)}`],
  '/api/listeners': [
    (place) => `limit=50&offset=${place * 10}`,
    (place) => `q=${(place * 37) % 20_000}`,
  ],
  '/api/listeners/{user_id}': [(place) => user(place)],
  '/api/recommendations': [
    (place) => `user=${user(place)}`,
    (place) => `user=${user(place)}&adventure=1&new_artists=true`,
  ],
  '/api/recommendations/blend': [(place) => `user=${user(place)}&with=${user(place + 1)}`],
  '/api/recommendations/choice': [() => ''],
  '/api/tracks': [(place) => `q=${(place * 37) % 50_000}`],
  '/api/tracks/{track_id}/similar': [(place) => track(place)],
};

function addressOf(route: string, asked: string): string {
  if (route.includes('{')) return route.replace(/\{\w+\}/, asked);
  return asked === '' ? route : `${route}?${asked}`;
}

function ask(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; etag: string; text: string }>((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode!, etag: response.headers.etag ?? '', text }),
      );
    });
    sent.on('error', reject).end();
  });
}

async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

const quantile = (sorted: number[], share: number) => sorted[Math.ceil(sorted.length * share) - 1]!;

/** Sends at the fixed rate and prints one line. @returns the 99th percentile in ms. */
async function drive(name: string, path: (place: number) => string, headers = {}, status = 200) {
  for (let place = 0; place < 5; place += 1) await ask(path(place), headers);
  const count = rate * seconds;
  const waits: number[] = [];
  const pending: Promise<void>[] = [];
  const before = await cpuSeconds(server.pid!);
  const began = performance.now();
  for (let place = 0; place < count; place += 1) {
    const due = began + (place * 1000) / rate;
    if (due > performance.now()) await delay(due - performance.now());
    pending.push(
      ask(path(place + 5), headers).then((answer) => {
        waits.push(performance.now() - due);
        if (answer.status !== status) throw new Error(`${path(place + 5)}: ${answer.text}`);
      }),
    );
  }
  await Promise.all(pending);
  const used = ((await cpuSeconds(server.pid!)) - before) / count;
  waits.sort((a, b) => a - b);
  const p99 = quantile(waits, 0.99);
  row(
    name,
    `${quantile(waits, 0.5).toFixed(1)} ms`,
    `${p99.toFixed(1)} ms`,
    `${(used * 1000).toFixed(1)} ms`,
  );
  return p99;
}

const made = performance.now();
await generateMarts(join(data, 'marts'), people);
console.log(
  `Marts of ${plays.toLocaleString('en')} plays made in ${((performance.now() - made) / 1000).toFixed(0)} s; ${rate} requests a second, ${seconds} s a line.`,
);
const server = spawn(process.execPath, [join(import.meta.dirname, '../src/cli.ts'), 'serve'], {
  env: {
    ...process.env,
    TONEARM_DATA: data,
    TONEARM_PORT: String(port),
    TONEARM_REQUESTS_PER_MINUTE: '10000000',
  },
  stdio: 'ignore',
});
try {
  while (!(await ask('/api/status').catch(() => undefined))) await delay(100);
  const document = JSON.parse((await ask('/api/openapi.json')).text) as {
    paths: Record<string, { get?: { tags?: string[] } }>;
  };
  const ofMarts = Object.entries(document.paths).filter(([, { get }]) =>
    get?.tags?.some((tag) => ['trends', 'listeners', 'recommendations'].includes(tag)),
  );
  const missing = ofMarts.map(([path]) => path).filter((path) => !(path in routes));
  if (missing.length > 0) console.log(`Not measured: ${missing.join(', ')}`);
  row('', 'p50', 'p99', 'CPU a request');
  let worst = 0;
  for (const [route, ways] of Object.entries(routes)) {
    for (const way of ways) {
      const address = (place: number) => addressOf(route, way(place));
      const shown = address(1)
        .replace(/listener-\d+/g, '…')
        .replace('/api', '');
      worst = Math.max(worst, await drive(shown, address));
    }
  }
  const top = '/api/trends/top?from=2025-01-01&to=2025-12-31';
  const { etag } = await ask(top);
  await drive('the same again, by its ETag (304)', () => top, { 'if-none-match': etag }, 304);
  row('worst p99 (20 ms is the goal)', `${worst.toFixed(1)} ms`);
  row('memory of the server', `${await residentMegabytes(server.pid!)} MB`);
} finally {
  server.kill('SIGINT');
  if (server.exitCode === null) await once(server, 'exit');
  agent.destroy();
  await rm(data, { recursive: true, force: true });
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
