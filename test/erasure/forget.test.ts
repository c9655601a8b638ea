import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import type { EventTopic } from '../../contracts/index.ts';
import { producerForMost } from '../../src/commands/forgotten-producer.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import { openDuckDb } from '../../src/duckdb.ts';
import { allowAgain, eraseListener, surveyListener } from '../../src/erasure/index.ts';
import { reconcile } from '../../src/lake/accounting.ts';
import { compactTable } from '../../src/lake/compaction.ts';
import { type Lake, openLake } from '../../src/lake/index.ts';
import { openDeadLetters } from '../../src/lake/read-dead-letters.ts';
import { type EventLog, openLog } from '../../src/log/index.ts';
import { lockPipeline, pipelineLockPath } from '../../src/pipeline-lock.ts';
import { openAccounts } from '../../src/sources/spotify-api/index.ts';
import { modelsPath } from '../../src/warehouse/index.ts';
import { drain, event, openParts, rowsOfTable, temporaryConfig } from '../lake/lake-fixture.ts';

const ana = 'listener-7f3a9c';
/** Begins with the other name: nothing of it may go. */
const anaToo = 'listener-7f3a9c2';
const receipt = Date.UTC(2025, 10, 18, 14);

/** Listening of three people in two hours, with letters that were refused, in every form that may hold a name. */
async function listen(config: Config, { log, lake }: { log: EventLog; lake: Lake }) {
  const producer = await log.producer();
  const send = (topic: EventTopic, number: number, user: string, changes = {}) =>
    producer.send(topic, {
      key: user,
      value: JSON.stringify(event(topic, number, { user_id: user, ...changes })),
      timestamp: receipt + number * 20_000,
    });
  const people = [ana, anaToo, 'me'];
  for (let number = 0; number < 240; number += 1) {
    const user = people[number % 3]!;
    await send('starts', number, user);
    await send('plays', number, user, number % 5 === 0 ? { private: true } : {});
    if (number % 4 === 0) await send('skips', number, user);
    if (number % 5 === 0) await send('likes', number, user, { shared_with: ana });
    if (number !== 120) continue;
    await producer.flush();
    await drain(config, log, lake);
  }
  const raw = (value: Buffer | string, key: string | null) =>
    producer.send('plays', { key, value, timestamp: receipt });
  await raw(`{"user_id":"${ana}","track_id":`, null);
  await raw(Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), Buffer.from(`x ${ana} y`)]), null);
  await raw('{"played":"Call me","user_id":7}', ana);
  await raw('not json at all', anaToo);
  await producer.close();
  await drain(config, log, lake);
  // The parts that it replaces stay in the store, and hold everybody's rows.
  assert.equal((await compactTable(lake.tables.plays)).hours, 1);
}

/** A data directory in which they have listened: each test takes a copy. */
const heard = await mkdtemp(join(tmpdir(), 'tonearm-'));
after(() => rm(heard, { recursive: true, force: true }));
before(async () => {
  const config = parseConfig({ TONEARM_DATA: heard }, heard);
  const log = await openLog(config.log, { clock: Date.now });
  await listen(config, { log, lake: await openLake(config, Date.now) });
  await log.close();
});

async function listening(t: TestContext) {
  const config = await temporaryConfig(t);
  await cp(heard, config.dataDirectory, { recursive: true });
  return { config, ...(await openParts(t, config)) };
}

/** Where nobody has listened yet: for what is not about the rows, since each search reads them all. */
async function silence(t: TestContext) {
  const config = await temporaryConfig(t);
  return { config, ...(await openParts(t, config)) };
}

const forgetting = (parts: Awaited<ReturnType<typeof listening>>, user: string) => ({
  ...parts,
  user,
  accounts: openAccounts(parts.config),
  access: { forget: () => 0 },
  clock: Date.now,
  wait: (ms: number) => delay(Math.min(ms, 20)),
});

/** Places of a text below a folder, looked for without any of the code under test. */
async function grep(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  const exact = new RegExp(`(?<![\\w-])${text}(?![\\w-])`);
  const database = await openDuckDb();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const pieces: Buffer[] = [];
    for await (const piece of createReadStream(path)) pieces.push(piece as Buffer);
    if (exact.test(Buffer.concat(pieces).toString('latin1'))) found.push(path);
    if (path.endsWith('.parquet')) {
      const rows = await database.connection.runAndReadAll(
        `select to_json(p)::varchar from read_parquet('${path}', hive_partitioning = false) as p`,
      );
      if (rows.getRows().some(([row]) => exact.test(String(row)))) found.push(path);
    }
    if (path.endsWith('log.sqlite')) {
      const sqlite = new DatabaseSync(path, { readOnly: true });
      for (const row of sqlite.prepare('select codec, frame from batches').all()) {
        const stored = row.frame as Uint8Array;
        const frame = row.codec === 'zstd' ? zstdDecompressSync(stored) : Buffer.from(stored);
        // Values of the framing lie between names: without borders a longer name counts too.
        const text_ = frame.toString('latin1').replaceAll(`${text}2`, '');
        if (text_.includes(text)) found.push(path);
      }
      sqlite.close();
    }
  }
  database.close();
  return found;
}

test('files that a killed process left half-written keep nobody from being erased', async (t) => {
  const parts = await listening(t);
  const { config } = parts;
  const version = join(config.martsDirectory, '20251118T150000000Z');
  const killed = join(config.stagingDirectory, 'sink-999999999-0a1b2c3d');
  const others = join(config.dataDirectory, 'quality');
  const halves = [version, killed, others].map((folder) => join(folder, 'half.parquet'));
  for (const folder of [version, killed, others]) await mkdir(folder, { recursive: true });
  for (const half of halves) await writeFile(half, 'PAR1');
  const survey = await surveyListener(forgetting(parts, ana));
  assert.deepEqual(
    survey.found.filter(({ unreadable }) => unreadable > 0).map(({ store }) => store),
    ['marts', 'quality', 'staging'],
  );
  const report = await eraseListener(forgetting(parts, ana));
  assert.equal(report.clean, true, JSON.stringify(report.proof, null, 1));
  for (const half of halves) await assert.rejects(stat(half), { code: 'ENOENT' });
  assert.deepEqual(await grep(config.dataDirectory, ana), []);
});

test('an erasure whose search could not read a file is not clean', async (t) => {
  const parts = await silence(t);
  const running = join(parts.config.stagingDirectory, `sink-${process.pid}-0a1b2c3d`);
  await mkdir(running, { recursive: true });
  await writeFile(join(running, 'half.parquet'), 'PAR1');
  const { clean, proof } = await eraseListener(forgetting(parts, ana));
  assert.equal(clean, false);
  assert.deepEqual(
    proof.filter((one) => one.hits > 0 || one.unreadable > 0).map(({ store }) => store),
    ['staging'],
  );
});

test('a listener is gone from every file, and the others keep every row', async (t) => {
  const parts = await listening(t);
  const { config, log, lake } = parts;
  await mkdir(config.runsDirectory, { recursive: true });
  await writeFile(join(config.runsDirectory, 'run.json'), JSON.stringify({ rows: [ana, anaToo] }));
  const marts = join(config.martsDirectory, '20251118T150000000Z');
  await mkdir(marts, { recursive: true });
  const database = await openDuckDb();
  await database.connection.run(
    `copy (select unnest(['${ana}', '${anaToo}']) as user_id, 3 as plays) to '${marts}/listener_taste.parquet' (format parquet)`,
  );
  database.close();
  const manifest = { version: '20251118T150000000Z', tables: { listener_taste: 2 }, tests: {} };
  await writeFile(join(marts, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(join(config.martsDirectory, 'current.json'), JSON.stringify(manifest));
  // Fitted on everybody's plays, and no name to search for in them.
  const models = modelsPath(config.warehouse.path);
  for (const path of [models, `${models}.new`]) await writeFile(path, 'fitted');
  assert.ok((await grep(config.dataDirectory, ana)).length > 5);
  const before = await rowsOfTable(
    lake,
    'plays',
    `select count(*)::int as n from files where user_id <> '${ana}'`,
  );

  const survey = await surveyListener(forgetting(parts, ana));
  assert.equal(survey.known, true);
  const report = await eraseListener(forgetting(parts, ana));
  assert.equal(report.clean, true, JSON.stringify(report.proof, null, 1));
  assert.equal(report.erased.lake.plays, 80);
  assert.equal(report.erased.lake.dead_letters, 3);
  assert.equal(report.erased.log.plays, 83);
  assert.deepEqual(await grep(config.dataDirectory, ana), []);
  for (const path of [models, `${models}.new`]) assert.equal(existsSync(path), false, path);

  const after = await rowsOfTable(lake, 'plays', 'select count(*)::int as n from files');
  assert.deepEqual(after, before);
  const likes = await rowsOfTable(lake, 'likes', 'select _extra from files limit 1');
  assert.deepEqual(JSON.parse(String(likes[0]!._extra)), { shared_with: '(erased)' });
  const letters = await openDeadLetters(lake);
  assert.deepEqual(
    (await letters.list({}, 10)).map(({ raw }) => raw),
    ['not json at all'],
  );
  letters.close();
  const totals = await reconcile(log, lake);
  assert.equal(totals.offsets, totals.stored + totals.refused + totals.erased);
  const current = JSON.parse(await readFile(join(config.martsDirectory, 'current.json'), 'utf8'));
  assert.deepEqual(current.tables, { listener_taste: 1 });
  assert.notEqual(current.version, manifest.version);
  const again = await surveyListener(forgetting(parts, ana));
  assert.equal(again.known, false);
  assert.ok(again.forgottenSince !== undefined);
});

test('an id that is a common word goes, and titles with that word stay', async (t) => {
  const parts = await listening(t);
  const { config, log, lake } = parts;
  const producer = await log.producer();
  const called = event('plays', 999, { user_id: anaToo, track: 'Call me, me and me' });
  await producer.send('plays', { key: anaToo, value: JSON.stringify(called) });
  await producer.close();
  await drain(config, log, lake);
  const report = await eraseListener(forgetting(parts, 'me'));
  assert.equal(report.clean, true, JSON.stringify(report.proof, null, 1));
  const left = await rowsOfTable(
    lake,
    'plays',
    `select user_id, count(*)::int as n, count(*) filter (track like '%me, me%')::int as called
     from files group by all order by all`,
  );
  assert.deepEqual(left, [
    { user_id: ana, n: 80, called: 0 },
    { user_id: anaToo, n: 81, called: 1 },
  ]);
});

test('nobody who was never there is erased, and nothing is changed', async (t) => {
  const parts = await listening(t);
  const survey = await surveyListener(forgetting(parts, 'listener-0000'));
  assert.equal(survey.known, false);
  assert.deepEqual(
    survey.found.filter(({ hits }) => hits > 0),
    [],
  );
});

test('who was erased does not come back by late records or producers, until that is allowed', async (t) => {
  const parts = await silence(t);
  const { config, log, lake } = parts;
  const running = await producerForMost({ config }, log);
  await eraseListener(forgetting(parts, ana));
  const late = async () => {
    const producer = await log.producer();
    const value = (number: number) => JSON.stringify(event('plays', number, { user_id: ana }));
    // The key of another system may be no name at all; a broken record may hold one.
    await producer.send('plays', { key: 'x', value: value(2000) });
    await producer.send('plays', { key: ana, value: value(2002) });
    await producer.send('plays', { key: null, value: `{"user_id": "${ana}", broken` });
    await producer.send('plays', {
      key: anaToo,
      value: JSON.stringify(event('plays', 2001, { user_id: anaToo })),
    });
    await producer.close();
    return await drain(config, log, lake);
  };
  const dropped = await late();
  assert.equal(dropped.committed.plays, 1);
  assert.equal(dropped.committed.dead_letters, 0);
  assert.equal(dropped.erased, 3);
  const totals = await reconcile(log, lake);
  assert.equal(totals.offsets, totals.stored + totals.refused + totals.erased);
  while (running.refused === 0) {
    await running.send('likes', { key: ana, value: '{}' });
    await delay(100);
  }
  await running.close();

  assert.equal(await allowAgain(forgetting(parts, ana)), true);
  assert.equal(await allowAgain(forgetting(parts, ana)), false);
  const kept = await late();
  assert.equal(kept.committed.plays, 3);
  assert.equal(kept.erased, 0);
});

test('a sink that has read records before an erasure cannot commit them after it', async (t) => {
  const parts = await silence(t);
  const { config, log } = parts;
  const producer = await log.producer();
  for (let number = 3000; number < 3030; number += 1) {
    const user = number % 2 === 0 ? ana : anaToo;
    const value = JSON.stringify(event('plays', number, { user_id: user }));
    await producer.send('plays', { key: user, value });
  }
  await producer.close();
  // The sink's own lake: it hears of the erasure from the table alone, in the middle of its work.
  const lake = await openLake(config, Date.now);
  const { table, erased } = await new Promise<{ table: number; erased: number }>(
    (resolve, reject) => {
      const upload = lake.tables.plays.upload.bind(lake.tables.plays);
      let held = false;
      lake.tables.plays.upload = async (files, dataChange) => {
        const adds = await upload(files, dataChange);
        if (!held) {
          held = true;
          await eraseListener(forgetting(parts, ana));
        }
        return adds;
      };
      drain(config, log, lake).then(
        (result) => resolve({ table: result.committed.plays, erased: result.erased }),
        reject,
      );
    },
  );
  assert.equal(table, 15);
  assert.ok(erased >= 15);
  const rows = await rowsOfTable(
    parts.lake,
    'plays',
    `select 1 from files where user_id = '${ana}'`,
  );
  assert.equal(rows.length, 0);
});

test('a search of every byte keeps the locks of this process: nobody else runs the pipeline meanwhile', async (t) => {
  const parts = await listening(t);
  const lock = await lockPipeline(parts.config, 'an erasure');
  t.after(() => lock.release());
  const isFree = () => {
    const script = `import { tryLock } from ${JSON.stringify(join(import.meta.dirname, '../../src/process-lock.ts'))};
      console.log(tryLock(process.argv[1]) === undefined ? 'taken' : 'free');`;
    const args = [
      '--input-type=module',
      '-e',
      script,
      pipelineLockPath(parts.config.dataDirectory),
    ];
    return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout.trim();
  };
  assert.equal(isFree(), 'taken');
  await surveyListener(forgetting(parts, ana));
  assert.equal(isFree(), 'taken');
  const report = await eraseListener(forgetting(parts, ana));
  assert.equal(report.clean, true, JSON.stringify(report.proof));
  assert.equal(isFree(), 'taken');
});

test('a file that a sink uploaded and cannot commit is found by the search, and goes too', async (t) => {
  const parts = await listening(t);
  const [file] = parts.lake.tables.plays.files();
  const key = file!.path.slice(file!.path.indexOf('plays/year='));
  const folder = await mkdtemp(join(parts.config.stagingDirectory, 'copy-'));
  const bytes = await readFile((await parts.lake.store.localCopy(key, folder))!);
  await rm(folder, { recursive: true });
  const orphan = key.replace(/[^/]+$/, 'part-late.parquet');
  let waited = 0;
  const report = await eraseListener({
    ...forgetting(parts, ana),
    // The lake has been gone through by then.
    wait: async () => {
      waited += 1;
      if (waited === 1) await parts.lake.store.putIfAbsent(orphan, bytes);
    },
  });
  assert.equal(report.clean, true, JSON.stringify(report.proof));
  assert.equal(await parts.lake.store.get(orphan), undefined);
});
