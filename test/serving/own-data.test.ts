import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ErasureJob } from '../../src/serving/index.ts';
import { type ServerFixture, startFixture } from './server-fixture.ts';

let fixture: ServerFixture;
let directory: string;
const erased: string[] = [];
const running: ErasureJob = {
  state: 'running',
  started_at: '2026-03-10T12:00:00.000Z',
  finished_at: null,
  message: null,
  proof: [],
  log_bytes_until: null,
};

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tonearm-own-data-'));
  fixture = await startFixture(undefined, {
    // An erasure is a command of its own, which has tests of its own.
    ownData: {
      async takeout(user) {
        if (user !== 'ana-1') return undefined;
        const path = join(directory, 'takeout.zip');
        await writeFile(path, 'PK');
        return { path, name: 'takeout-ana-1.zip' };
      },
      erase(user) {
        erased.push(user);
        return running;
      },
      erasure: (user) => (erased.includes(user) ? running : undefined),
    },
  });
});
after(async () => {
  await fixture.close();
  await rm(directory, { recursive: true, force: true });
});

const post = async (path: string, body: object, headers: Record<string, string> = {}) =>
  await fetch(fixture.server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tonearm': '1', ...headers },
    body: JSON.stringify(body),
  });

test('a takeout is a zip to save; of nobody there is none', async () => {
  const { status, headers, text } = await fixture.get('/api/listeners/ana-1/takeout');
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'application/zip');
  assert.match(headers.get('content-disposition')!, /takeout-ana-1\.zip/);
  assert.ok(text.startsWith('PK'));
  assert.equal((await fixture.get('/api/listeners/nobody/takeout')).status, 404);
});

test('an erasure needs the name once more, and a request of our own page', async () => {
  const path = '/api/listeners/ana-1/erasure';
  assert.equal((await post(path, {})).status, 400);
  assert.equal((await post(path, { confirm: 'ana' })).status, 400);
  const foreign = { origin: 'https://evil.example' };
  assert.equal((await post(path, { confirm: 'ana-1' }, foreign)).status, 403);
  assert.equal((await fixture.get(path)).status, 204);
  assert.deepEqual(erased, []);
  const begun = await post(path, { confirm: 'ana-1' });
  assert.equal(begun.status, 202);
  assert.deepEqual(await begun.json(), running);
  assert.deepEqual(erased, ['ana-1']);
  assert.deepEqual((await fixture.get(path)).json, running);
});
