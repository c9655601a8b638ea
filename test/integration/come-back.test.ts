import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseConfig } from '../../src/config.ts';
import { openLog } from '../../src/log/index.ts';
import { event } from '../lake/lake-fixture.ts';
import { account, extended } from '../sources/history-import/import-fixture.ts';
import { fakeTrack } from '../sources/spotify-api/fake-spotify.ts';
import { serveFakeSpotify } from '../sources/spotify-api/fake-spotify-server.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const ana = 'listener-7f3a9c';

interface Answer {
  readonly code: number | null;
  readonly said: string;
  // biome-ignore lint/suspicious/noExplicitAny: each command has a result of its own.
  readonly json: any;
}

/** Commands of processes of their own on one data directory. */
async function workspace(t: TestContext, more: Record<string, string> = {}) {
  const data = await mkdtemp(join(tmpdir(), 'tonearm-come-back-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const env = { ...process.env, TONEARM_DATA: join(data, 'data'), ...more };
  /** @param onLine told what the command says, and may act on it. */
  async function tonearm(
    args: string[],
    onLine?: (line: string) => unknown,
    stop?: AbortSignal,
  ): Promise<Answer> {
    const child = spawn(process.execPath, [cli, ...args, '--json'], { env });
    stop?.addEventListener('abort', () => child.kill('SIGTERM'));
    t.after(() => child.kill('SIGKILL'));
    let [out, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      out += piece;
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      said += piece;
      onLine?.(piece);
    });
    const [code] = await once(child, 'close');
    const last = out.trim().split('\n').at(-1) ?? '';
    return { code, said: said + out, json: last === '' ? undefined : JSON.parse(last) };
  }
  const config = parseConfig(env, data);
  return { data, config, tonearm };
}

const plays = async ({ tonearm }: Awaited<ReturnType<typeof workspace>>, user: string) => {
  const sql = `select count(*)::int as n, count(distinct event_id)::int as ids from bronze.plays where user_id = '${user}'`;
  return (await tonearm(['query', sql])).json[0];
};

const isRefusal = ({ code, json }: Answer, consequence: string) => {
  assert.equal(code, 1);
  assert.equal(json.error.code, 'TNA_LISTENER_FORGOTTEN');
  assert.match(json.error.message, new RegExp(`^${ana} was erased here on .*: ${consequence}\\.$`));
  assert.equal(
    json.error.remedy,
    `To let them come back: ./tonearm forget --undo ${ana}`,
    'the deliberate act is named',
  );
};

test('who was erased does not come back by import, sign-in, poll or replay, but by a deliberate act', async (t) => {
  const server = await serveFakeSpotify(t);
  const here = await workspace(t, {
    TONEARM_SPOTIFY_CLIENT_ID: 'client0123456789',
    TONEARM_SPOTIFY_API_URL: server.url,
    TONEARM_SPOTIFY_ACCOUNTS_URL: server.url,
    TONEARM_SPOTIFY_PORT: '0',
  });
  const { data, config, tonearm } = here;
  server.visitor = server.spotify.person('spotify-of-ana');
  server.visitor.listens.push({
    track: fakeTrack(1),
    startedAt: Date.now() - 600_000,
    heardMs: 200_000,
  });
  // The browser: it opens the address that is printed and follows where it is sent.
  const login = () =>
    tonearm(['spotify', 'login', '--user', ana], async (piece) => {
      const address = /http\S+authorize\S+/.exec(piece)?.[0];
      if (address !== undefined) await fetch(address);
    });
  const exported = join(data, 'Streaming_History_Audio_0.json');
  await writeFile(exported, JSON.stringify([extended({ ts: '2024-02-29T23:58:59Z' })]));

  assert.equal((await login()).code, 0);
  const polled = await tonearm(['spotify', 'poll']);
  assert.equal(polled.json.accounts[0].produced.plays, 1, polled.said);
  assert.equal((await tonearm(['import', exported, '--user', ana])).json.imported, 1);
  // A letter that was refused, and one more of somebody else who stays.
  const log = await openLog(config.log, { clock: Date.now });
  const producer = await log.producer();
  for (const user of [ana, 'other']) {
    const broken = { ...event('plays', 7, { user_id: user }), duration: -1 };
    await producer.send('plays', { key: user, value: JSON.stringify(broken) });
  }
  await producer.close();
  await log.close();
  await tonearm(['sink', '--until-idle']);
  assert.deepEqual(await plays(here, ana), { n: 2, ids: 2 });

  const erased = await tonearm(['forget', ana, '--yes', '--no-rebuild']);
  assert.equal(erased.code, 0, erased.said);
  assert.equal(erased.json.erased.spotify_account, true);

  isRefusal(await tonearm(['import', exported, '--user', ana]), 'nothing is imported');
  isRefusal(await login(), 'nobody is connected');
  const nobody = await tonearm(['spotify', 'poll']);
  assert.deepEqual([nobody.code, nobody.json], [99, { accounts: [] }]);
  const replayed = await tonearm(['dead-letters', 'replay']);
  assert.equal(replayed.json.looked_at, 1, 'the letter of the other alone');
  await tonearm(['sink', '--until-idle']);
  assert.deepEqual(await plays(here, ana), { n: 0, ids: 0 });
  assert.equal((await tonearm(['forget', ana, '--dry-run'])).code, 99);
  for (const entry of await readdir(config.dataDirectory, {
    recursive: true,
    withFileTypes: true,
  })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    assert.equal(bytes.includes(ana), false, entry.name);
    assert.equal(bytes.includes('spotify-of-ana'), false, entry.name);
  }

  assert.deepEqual((await tonearm(['forget', '--undo', ana])).json, { allowed: true });
  assert.equal((await login()).code, 0);
  assert.equal((await tonearm(['spotify', 'poll'])).json.accounts[0].produced.plays, 1);
  assert.equal((await tonearm(['import', exported, '--user', ana])).json.imported, 1);
  await tonearm(['sink', '--until-idle']);
  assert.deepEqual(await plays(here, ana), { n: 2, ids: 2 });
});

test('a listen counts once, in whatever order the exports that tell of it are imported', async (t) => {
  const here = await workspace(t);
  const { data, tonearm } = here;
  const files = {
    account: join(data, 'StreamingHistory_music_0.json'),
    extended: join(data, 'Streaming_History_Audio_0.json'),
    scrobbles: join(data, 'listens.jsonl'),
  };
  const song = { master_metadata_track_name: 'Jóga', master_metadata_album_artist_name: 'Björk' };
  const ends = ['2024-02-28T10:00:00Z', '2024-02-29T23:58:59Z', '2024-02-29T23:59:40Z'];
  await writeFile(
    files.account,
    JSON.stringify([
      account({ endTime: '2024-02-29 23:58' }),
      account({ endTime: '2024-02-29 23:59' }),
      account({ endTime: '2024-03-05 08:00' }),
    ]),
  );
  await writeFile(
    files.extended,
    JSON.stringify(ends.map((ts) => extended({ ...song, ts, ms_played: 35_000 }))),
  );
  await writeFile(
    files.scrobbles,
    JSON.stringify({
      listened_at: Date.parse('2024-02-28T09:59:25Z') / 1000,
      track_metadata: { artist_name: 'Björk', track_name: 'Jóga', additional_info: {} },
    }),
  );
  const add = async (name: keyof typeof files, user: string) => {
    const { json } = await tonearm(['import', files[name], '--user', user]);
    await tonearm(['sink', '--until-idle']);
    return [json.imported, json.left_out.duplicate ?? 0];
  };
  assert.deepEqual(await add('account', 'ana'), [3, 0]);
  assert.deepEqual(await add('extended', 'ana'), [1, 2]);
  assert.deepEqual(await add('scrobbles', 'ana'), [0, 1]);
  assert.deepEqual(await plays(here, 'ana'), { n: 4, ids: 4 });
  // Another order, and each once more.
  assert.deepEqual(await add('extended', 'ben'), [3, 0]);
  assert.deepEqual(await add('account', 'ben'), [1, 2]);
  assert.deepEqual(await add('account', 'ben'), [1, 2]);
  assert.deepEqual(await add('extended', 'ben'), [3, 0]);
  assert.deepEqual(await plays(here, 'ben'), { n: 8, ids: 4 });
});

test('a poll that goes on tells Prometheus what it made and how each account is', async (t) => {
  const server = await serveFakeSpotify(t);
  const { tonearm } = await workspace(t, {
    TONEARM_SPOTIFY_CLIENT_ID: 'client0123456789',
    TONEARM_SPOTIFY_API_URL: server.url,
    TONEARM_SPOTIFY_ACCOUNTS_URL: server.url,
    TONEARM_SPOTIFY_PORT: '0',
    TONEARM_SPOTIFY_METRICS_PORT: '0',
  });
  server.visitor = server.spotify.person('spotify-of-ana');
  const startedAt = Date.now() - 600_000;
  server.visitor.listens.push({ track: fakeTrack(1), startedAt, heardMs: 200_000 });
  await tonearm(['spotify', 'login', '--user', ana], async (piece) => {
    const address = /http\S+authorize\S+/.exec(piece)?.[0];
    if (address !== undefined) await fetch(address);
  });
  const stop = new AbortController();
  let page = '';
  const watching = tonearm(
    ['spotify', 'poll', '--watch'],
    async (piece) => {
      const url = /Metrics: (\S+)/.exec(piece)?.[1];
      while (url !== undefined && !/outcome="ok"} 1/.test(page)) {
        page = await (await fetch(url)).text();
        await delay(100);
      }
      if (url !== undefined) stop.abort();
    },
    stop.signal,
  );
  assert.equal((await watching).code, 0);
  assert.match(page, /tonearm_spotify_events_total\{topic="plays"\} 1/);
  assert.match(page, /tonearm_spotify_wait_seconds 0/);
});
