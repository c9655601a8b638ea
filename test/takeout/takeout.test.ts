import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { openDuckDb } from '../../src/duckdb.ts';
import { openAccounts } from '../../src/sources/spotify-api/index.ts';
import { writeTakeout } from '../../src/takeout/index.ts';
import { drain, event, openParts, temporaryConfig } from '../lake/lake-fixture.ts';

/** Name → bytes of a zip's files. */
async function unzip(path: string): Promise<Map<string, Buffer>> {
  const zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(path, {
    lazyEntries: true,
  });
  const files = new Map<string, Buffer>();
  for await (const [name, bytes] of entries(zip)) files.set(name, bytes);
  return files;
}

async function* entries(zip: yauzl.ZipFile): AsyncGenerator<[string, Buffer]> {
  const open = promisify(zip.openReadStream.bind(zip)) as (
    entry: yauzl.Entry,
  ) => Promise<NodeJS.ReadableStream>;
  for (;;) {
    const entry = await new Promise<yauzl.Entry | undefined>((resolve) => {
      zip.once('entry', resolve);
      zip.once('end', () => resolve(undefined));
      zip.readEntry();
    });
    if (entry === undefined) return;
    const pieces: Buffer[] = [];
    for await (const piece of await open(entry)) pieces.push(piece as Buffer);
    yield [entry.fileName, Buffer.concat(pieces)];
  }
}

async function parts(t: TestContext) {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  for (let number = 0; number < 60; number += 1) {
    const user = number % 2 === 0 ? 'listener-1a' : 'listener-2b';
    for (const topic of ['starts', 'plays', 'likes'] as const) {
      const value = JSON.stringify(
        event(topic, number, { user_id: user, ...(number % 10 === 0 ? { private: true } : {}) }),
      );
      await producer.send(topic, { key: user, value });
    }
  }
  await producer.send('plays', { key: 'x', value: '{"user_id":"listener-1a", cut' });
  await producer.close();
  await drain(config, log, lake);
  const accounts = openAccounts(config);
  const tokens = { accessToken: 'access-secret', expiresAt: 1, refreshToken: 'refresh-secret' };
  accounts.connect('listener-1a', 'spotify-ana', tokens, Date.UTC(2026, 0, 1));
  return { config, log, lake, accounts, now: Date.UTC(2026, 1, 1) };
}

test('a takeout has every event of its listener as JSON and Parquet, and nothing of others or of secrets', async (t) => {
  const all = await parts(t);
  const path = join(all.config.dataDirectory, 'takeout.zip');
  const listed = await writeTakeout({ ...all, user: 'listener-1a' }, path);
  const files = await unzip(path);
  const json = (name: string) => JSON.parse(files.get(name)!.toString('utf8'));
  const plays = json('events/plays.json') as { user_id: string; private: boolean | null }[];
  assert.equal(plays.length, 30);
  assert.equal(plays.filter((play) => play.private === true).length, 6);
  assert.equal(json('events/likes.json').length, 30);
  assert.equal(json('events/starts.json').length, 30);
  assert.equal(json('events/refused.json').length, 1);
  assert.equal(json('spotify.json').account.spotify_id, 'spotify-ana');
  const readme = files.get('README.md')!.toString('utf8');
  for (const { name } of listed!) assert.ok(readme.includes(`\`${name}\``), name);
  assert.deepEqual(
    [...files.keys()].sort(),
    ['README.md', ...listed!.map(({ name }) => name)].sort(),
  );
  for (const [name, bytes] of files) {
    assert.doesNotMatch(bytes.toString('latin1'), /listener-2b|-secret|sealed/, name);
  }
  const database = await openDuckDb();
  const { writeFile } = await import('node:fs/promises');
  const parquet = join(all.config.dataDirectory, 'plays.parquet');
  await writeFile(parquet, files.get('events/plays.parquet')!);
  const rows = await database.connection.runAndReadAll(
    `select user_id, count(*)::int from read_parquet('${parquet}') group by all`,
  );
  assert.deepEqual(rows.getRows(), [['listener-1a', 30]]);
  database.close();
  assert.deepEqual(await readdir(all.config.stagingDirectory), []);
});

test('of nobody there is no takeout, and no file', async (t) => {
  const all = await parts(t);
  const path = join(all.config.dataDirectory, 'takeout.zip');
  assert.equal(await writeTakeout({ ...all, user: 'listener-0z' }, path), undefined);
  assert.ok(!(await readdir(all.config.dataDirectory)).includes('takeout.zip'));
});
