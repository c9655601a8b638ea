/**
 * Every route over the marts at a fixed rate, with a long history behind it: waiting times and the server's CPU.
 *
 *   node bench/api.ts [plays] [requests a second] [seconds a route] [folder of the marts] [part of an address]
 *
 * The marts are made from generated plays, without log, lake and dbt; in a folder that is named they stay and are used again.
 * The server is `tonearm serve`, a process of its own. A wait counts from the moment when the request was due, not from when
 * it could be sent. Each request asks for another listener, track or period, and each line for other listeners, so none is answered
 * from memory; then the same requests come once more, which are. Up to fifty others come before each line. Nothing is answered from the client's cache but in the last line.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../src/services/index.ts';
import { firstDay, generateMarts } from './generated-marts.ts';
import { row } from './measure.ts';

const [plays = 10_000_000, rate = 100, seconds = 5] = process.argv.slice(2).map(Number);
const people = { plays, listeners: 20_000, tracks: 50_000, days: 365 };
/** Of the kernel's clock that counts a process's time. */
const ticksPerSecond = 100;
/** Places of requests that no line asks for. */
const farAway = 9000;

const [kept, only = ''] = process.argv.slice(5);
const data = kept ?? (await mkdtemp(join(tmpdir(), 'tonearm-bench-')));
const agent = new Agent({ keepAlive: true });
const [port] = await freePorts(1);

const dayMs = 86_400_000;
const iso = (time: number) => new Date(time).toISOString().slice(0, 10);
/** Rises with each line: what the server keeps of a listener was not read for the line before. */
let line = 0;
const user = (place: number) =>
  `listener-${((line * rate * seconds + place) * 7919) % people.listeners}`;
/** Tracks that somebody has streamed; asked for when the server is up. */
let tracks: string[] = [];
const track = (place: number) => encodeURIComponent(tracks[(place * 31) % tracks.length]!);
/** Up to two months, each another one. */
const range = (place: number) => {
  const from = firstDay + (place % 300) * dayMs;
  return `from=${iso(from)}&to=${iso(from + (1 + (place % 60)) * dayMs)}`;
};
/** Most of a year, each another one. */
const long = (place: number) => {
  const from = firstDay + (place % 60) * dayMs;
  return `from=${iso(from)}&to=${iso(from + (250 + (place % 53)) * dayMs)}`;
};
const yearAndMonth = (place: number) => `year=2025&month=${1 + (place % 12)}`;

/** What each route is asked for, by the place of the request. */
const routes: Record<string, ((place: number) => string)[]> = {
  '/api/trends/daily': [(place) => range(place), (place) => `user=${user(place)}`],
  '/api/trends/top': [
    () => '',
    (place) => range(place),
    (place) => `compare=before&${range(place)}`,
    (place) => `kind=artists&${range(place)}`,
    (place) => `kind=artists&${long(place)}`,
    (place) => `kind=albums&${range(place)}`,
    (place) => `kind=genres&${range(place)}`,
    (place) => `user=${user(place)}&limit=200`,
    (place) => `user=${user(place)}&${range(place)}`,
    (place) => `kind=artists&user=${user(place)}`,
  ],
  '/api/trends/clock': [
    () => '',
    (place) => range(place),
    (place) => `user=${user(place)}`,
    (place) => `user=${user(place)}&${range(place)}`,
  ],
  '/api/trends/habits': [(place) => range(place), (place) => `user=${user(place)}&${long(place)}`],
  '/api/trends/plays': [
    (place) => `user=${user(place)}&day=${iso(firstDay + (place % 365) * dayMs)}`,
  ],
  '/api/trends/discovery': [
    (place) => range(place),
    (place) => long(place),
    (place) => `user=${user(place)}&${long(place)}`,
  ],
  '/api/trends/race': [(place) => long(place), (place) => `user=${user(place)}&${long(place)}`],
  '/api/trends/retention': [() => ''],
  '/api/wrapped/periods': [(place) => `user=${user(place)}`],
  '/api/wrapped': [
    (place) => `user=${user(place)}&year=2025`,
    (place) => `user=${user(place)}&${yearAndMonth(place)}`,
  ],
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
const marked = ['trends', 'listeners', 'recommendations', 'wrapped'];

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

interface Driven {
  readonly p50: number;
  readonly p99: number;
  /** CPU of the server for a request, ms. */
  readonly cpu: number;
}

/** Sends at the fixed rate. A 404 is an answer too: not everybody plays in each month. */
async function drive(
  path: (place: number) => string,
  headers = {},
  statuses = [200, 404],
): Promise<Driven> {
  const count = rate * seconds;
  const waits: number[] = [];
  const pending: Promise<void>[] = [];
  const before = await cpuSeconds(server.pid!);
  const began = performance.now();
  for (let place = 0; place < count; place += 1) {
    const due = began + (place * 1000) / rate;
    if (due > performance.now()) await delay(due - performance.now());
    pending.push(
      ask(path(place), headers).then((answer) => {
        waits.push(performance.now() - due);
        if (!statuses.includes(answer.status)) throw new Error(`${path(place)}: ${answer.text}`);
      }),
    );
  }
  await Promise.all(pending);
  const used = ((await cpuSeconds(server.pid!)) - before) / count;
  waits.sort((a, b) => a - b);
  return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99), cpu: used * 1000 };
}

/** A server that has just started compiles what it runs: some requests before, none of which is asked again. */
async function warmUp(path: (place: number) => string): Promise<void> {
  const measured = new Set(Array.from({ length: rate * seconds }, (_, place) => path(place)));
  for (let place = farAway; place < farAway + 50; place += 1) {
    if (!measured.has(path(place))) await ask(path(place));
  }
}

const cells = (...driven: Driven[]) =>
  driven.flatMap(({ p50, p99, cpu }) => [p50, p99, cpu].map((ms) => ms.toFixed(1)));

const made = performance.now();
if (!existsSync(join(data, 'marts/current.json'))) await generateMarts(join(data, 'marts'), people);
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
  const started = performance.now();
  while (!(await ask('/api/status').catch(() => undefined))) await delay(20);
  row('start until the first answer', `${Math.round(performance.now() - started)} ms`);
  row('CPU until then', `${(await cpuSeconds(server.pid!)).toFixed(1)} s`);
  const document = JSON.parse((await ask('/api/openapi.json')).text) as {
    paths: Record<string, { get?: { tags?: string[] } }>;
  };
  const ofMarts = Object.entries(document.paths).filter(([, { get }]) =>
    get?.tags?.some((tag) => marked.includes(tag)),
  );
  const missing = ofMarts.map(([path]) => path).filter((path) => !(path in routes));
  if (missing.length > 0) console.log(`Not measured: ${missing.join(', ')}`);
  for (const letter of '0123456789abcdef') {
    const found = JSON.parse((await ask(`/api/tracks?limit=200&q=${letter}`)).text) as {
      items: { track_id: string }[];
    };
    tracks = [...new Set([...tracks, ...found.items.map((one) => one.track_id)])];
  }
  row('ms, each request another', 'p50', 'p99', 'CPU', '| again: p50', 'p99', 'CPU');
  let [worst, worstAgain] = [0, 0];
  for (const [route, ways] of Object.entries(routes)) {
    for (const way of ways) {
      const address = (place: number) => addressOf(route, way(place));
      const shown = address(1)
        .replace(/listener-\d+|spotify.*(?=\/)/g, '…')
        .replace('/api', '');
      if (!shown.includes(only)) continue;
      line += 1;
      await warmUp(address);
      const first = await drive(address);
      const again = await drive(address);
      row(shown, ...cells(first, again));
      worst = Math.max(worst, first.p99);
      worstAgain = Math.max(worstAgain, again.p99);
    }
  }
  const top = '/api/trends/top?from=2025-01-01&to=2025-12-31';
  const { etag } = await ask(top);
  row('by its ETag (304)', ...cells(await drive(() => top, { 'if-none-match': etag }, [304])));
  row('worst p99 (20 ms is the goal)', worst.toFixed(1), worstAgain.toFixed(1));
  row('memory of the server', `${await residentMegabytes(server.pid!)} MB`);
  row('load of the machine', loadavg()[0]!.toFixed(1));
} finally {
  server.kill('SIGINT');
  if (server.exitCode === null) await once(server, 'exit');
  agent.destroy();
  if (kept === undefined) await rm(data, { recursive: true, force: true });
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
