import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { parseConfig } from '../../src/config.ts';
import { openLake } from '../../src/lake/index.ts';
import { openLog } from '../../src/log/index.ts';
import { event, rowsOfTable } from '../lake/lake-fixture.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const patienceMs = 240_000;
const ana = 'listener-7f3a9c';

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what} did not come within ${patienceMs} ms`);
    await delay(250);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function startUp(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'tonearm-beside-'));
  const port = await freePort();
  const env = {
    ...process.env,
    TONEARM_DATA: join(root, 'data'),
    TONEARM_REFRESH_SECONDS: '5',
  };
  const options = ['--rate', '20', '--users', '30', '--history', '1', '--port', String(port)];
  const child = spawn(process.execPath, [cli, 'up', ...options], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
    // After everything that writes there; hooks run in the order in which they were made.
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });
  const get = async (path: string) => await fetch(`http://127.0.0.1:${port}${path}`);
  return { env, get, said: () => said, config: parseConfig(env, root) };
}

test('a listener is erased beside a running up, while events of theirs go on arriving', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const { env, get, said, config } = await startUp(t);
  await until('the API', async () => ((await get('/api/status')).ok ? true : undefined));
  const log = await openLog(config.log, { clock: Date.now });
  t.after(() => log.close());

  // A program of somebody else's, which knows nothing of erasure and never stops.
  const producer = await log.producer({ lingerMs: 20 });
  const stop = new AbortController();
  let sent = 0;
  const sending = (async () => {
    for (; !stop.signal.aborted; sent += 1) {
      const timestamp = new Date().toISOString();
      const about = { user_id: ana, timestamp, track: 'Of Ana', artist: 'Ana plays this' };
      for (const topic of ['starts', 'plays', 'skips', 'likes'] as const) {
        // The playback that begins is the one that ends next time.
        const value = JSON.stringify(event(topic, topic === 'starts' ? sent + 1 : sent, about));
        await producer.send(topic, { key: ana, value });
      }
      await producer.send('plays', { key: ana, value: `{"user_id":"${ana}", broken` });
      await producer.flush();
      await delay(100);
    }
  })();
  t.after(() => stop.abort());

  const page = `/api/listeners/${ana}`;
  await until(`a page of the listener (${said()})`, async () =>
    (await get(page)).ok ? true : undefined,
  );
  const live = async () => await (await get('/api/live')).text();
  await until('the live view', async () => ((await live()).includes(ana) ? true : undefined));
  const sentBefore = sent;

  const forgetting = spawn(process.execPath, [cli, 'forget', ana, '--yes', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [told, complained] = ['', ''];
  forgetting.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  forgetting.stderr.setEncoding('utf8').on('data', (text: string) => {
    complained += text;
  });
  const closed = once(forgetting, 'close');
  t.after(() => forgetting.kill('SIGKILL'));
  // It goes on until the list is written and every writer of ours must have seen it.
  await until('the list of the forgotten', async () => {
    if (forgetting.exitCode !== null) return false;
    const listed = await readdir(join(config.dataDirectory, 'lake', '_forgotten'));
    return listed.length >= 2 ? true : undefined;
  });
  await delay(6000);
  const sentMeanwhile = sent - sentBefore;
  stop.abort();
  await sending;
  await producer.close();
  const [code] = await closed;
  assert.ok(sentMeanwhile > 0);
  assert.equal(code, 0, `${told}\n${complained}\n${said()}`);
  const report = JSON.parse(told.trim().split('\n').at(-1) ?? '');
  assert.equal(report.clean, true, JSON.stringify(report.proof));
  assert.ok(report.erased.log.plays > 0 && report.erased.lake.plays > 0);

  // The web app has loaded what was published without them; nothing of them is shown any more.
  await until('404', async () => ((await get(page)).status === 404 ? true : undefined));
  await until('the live view without them', async () =>
    (await live()).includes(ana) ? undefined : true,
  );
  // A second search, by a process of its own, beside everything that goes on.
  const lake = await openLake(config, Date.now);
  for (const table of ['plays', 'skips', 'likes'] as const) {
    const condition = `select count(*)::int as n from files where user_id = '${ana}'`;
    assert.deepEqual(await rowsOfTable(lake, table, condition), [{ n: 0 }]);
  }
  for (const entry of await readdir(config.dataDirectory, {
    recursive: true,
    withFileTypes: true,
  })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    assert.equal(bytes.includes(ana), false, path);
  }
});
