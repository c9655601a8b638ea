/** The client against an API that nobody here wrote: Spotify's OpenAPI description, served by Prism. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { parseConfig } from '../../src/config.ts';
import { SpotifyClient } from '../../src/sources/spotify-api/client.ts';
import type { SpotifyFailure } from '../../src/sources/spotify-api/failures.ts';
import { RequestLimit } from '../../src/sources/spotify-api/request-limit.ts';
import { installPrism } from './prism-installation.ts';

const description = join(
  import.meta.dirname,
  '../../../shared/data/webapi/fixed-spotify-open-api.yml.gz',
);
const startMs = 60_000;
const skip = existsSync(description) ? false : '../shared/data is not here';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Prism validates each request against the description, and answers from it: what the client sends is judged too. */
async function startPrism(t: TestContext): Promise<string> {
  const program = await installPrism(parseConfig(process.env, process.cwd()).cacheDirectory);
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-prism-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'spotify.yml');
  await writeFile(file, gunzipSync(readFileSync(description)));
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      program,
      'mock',
      '--errors',
      '--dynamic',
      '--seed',
      '7',
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      file,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  t.after(() => {
    child.kill();
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-4000);
    });
  }
  const url = `http://127.0.0.1:${port}`;
  const until = Date.now() + startMs;
  for (;;) {
    const answer = await fetch(`${url}/me`).catch(() => undefined);
    if (answer !== undefined) return url;
    if (child.exitCode !== null || Date.now() > until)
      throw new Error(`Prism did not start:\n${said}`);
    await delay(100);
  }
}

test('every request that the client makes is one of the description, and every answer of it is understood', {
  skip,
}, async (t) => {
  const url = await startPrism(t);
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-limit-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const refused: string[] = [];
  let prefer = '';
  const client = new SpotifyClient({
    // The description's server is https://api.spotify.com/v1.
    fetch: async (address, init) => {
      const headers = { ...(init?.headers as Record<string, string>), ...(prefer && { prefer }) };
      const answer = await fetch(address.replace('/v1/', '/'), { ...init, headers });
      const violations = answer.headers.get('sl-violations');
      if (violations !== null && prefer === '') refused.push(`${address}: ${violations}`);
      return answer;
    },
    apiUrl: url,
    limit: new RequestLimit({
      path: join(directory, 'limit.json'),
      clock: Date.now,
      sleep: async () => undefined,
      perWindow: 1000,
    }),
    accessToken: async () => 'token',
  });
  // The judge itself: what the description does not allow is refused.
  const wrong = await fetch(`${url}/me/player/recently-played?limit=nine`, {
    headers: { authorization: 'Bearer token' },
  });
  assert.equal(wrong.status, 422);
  await client.profile();
  await client.recentlyPlayed();
  await client.recentlyPlayed('1484811043508');
  await client.savedTracks(0);
  await client.savedTracks(50);
  await client.playerState();
  assert.deepEqual(refused, []);

  const kindOf = async (code: number) => {
    prefer = `code=${code}`;
    return await client.recentlyPlayed().then(
      () => 'answered',
      (error: SpotifyFailure) => error.kind,
    );
  };
  assert.equal(await kindOf(401), 'login_needed');
  assert.equal(await kindOf(403), 'forbidden');
  assert.equal(await kindOf(429), 'rate_limited');
});
