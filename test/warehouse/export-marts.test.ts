import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Config } from '../../src/config.ts';
import { openDuckDb } from '../../src/duckdb.ts';
import { openLake } from '../../src/lake/index.ts';
import { forgetParts, openQuery, publishMarts } from '../../src/warehouse/index.ts';
import { rollBack } from '../../src/warehouse/versions.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';

const tests = { passed: 1, failed: 0, warned: 0, failures: [] };
const base = 140_000;

/** A warehouse with a table that is cut into parts, one that is not, and one that no number of a build describes. */
async function warehouse(t: TestContext, kept = '5') {
  const config = await temporaryConfig(t, { TONEARM_MARTS_KEPT: kept });
  const change = async (...statements: string[]) => {
    const { connection, close } = await openDuckDb();
    await connection.run(`attach '${config.warehouse.path}' as warehouse; use warehouse`);
    for (const statement of statements) await connection.run(statement);
    close();
  };
  await change(
    'create schema gold',
    `create table gold.listener_plays as
       select 'u' || place % 7 as user_id, make_timestamptz(place) as timestamp, place as number,
         1::bigint as built_from_version
       from range(${base}) as places (place)`,
    `create table gold.listener_tracks as select 'ana' as user_id, 1 as plays, 1::bigint as built_from_version`,
    `create table gold.track_catalogue as select 't' as track_id, 5 as listeners`,
  );
  let versions = 0;
  const publish = async () => {
    versions += 1;
    const version = `v${versions}`;
    const publishedAt = '2025-11-18T10:00:00.000Z';
    const current = await publishMarts(config, { version, runId: 'run', publishedAt, tests });
    const directory = join(config.martsDirectory, version);
    const files = new Map<string, number>();
    for (const file of await readdir(directory))
      if (file.endsWith('.parquet')) files.set(file, (await stat(join(directory, file))).ino);
    return { files, tables: current.tables };
  };
  return { config, change, publish };
}

async function rows(t: TestContext, config: Config): Promise<[number, number]> {
  const session = await openQuery(config, await openLake(config, Date.now));
  t.after(() => session.close());
  const { rows: found } = await session.query(
    'select count(*)::integer as rows, sum(number)::bigint as sum from gold.listener_plays',
  );
  const [one] = found as [{ rows: number; sum: number }];
  return [one.rows, Number(one.sum)];
}

const addOne = (version: number) =>
  `insert into gold.listener_plays values ('ana', now(), 0, ${version})`;

test('a new version shares the files of what did not change, and its rows are those of the warehouse', async (t) => {
  const { config, change, publish } = await warehouse(t);
  const first = await publish();
  assert.deepEqual(
    [...first.files.keys()],
    ['listener_plays.parquet', 'listener_tracks.parquet', 'track_catalogue.parquet'],
  );
  await change(addOne(2), `update gold.listener_tracks set plays = 2, built_from_version = 2`);
  const second = await publish();
  assert.deepEqual(second.tables.listener_plays, base + 1);
  assert.equal(
    second.files.get('listener_plays.1.parquet'),
    first.files.get('listener_plays.parquet'),
  );
  assert.ok(second.files.has('listener_plays.2.parquet'));
  assert.notEqual(
    second.files.get('listener_tracks.parquet'),
    first.files.get('listener_tracks.parquet'),
  );
  assert.equal(
    second.files.get('track_catalogue.parquet'),
    first.files.get('track_catalogue.parquet'),
  );
  const sum = (base * (base - 1)) / 2;
  assert.deepEqual(await rows(t, config), [base + 1, sum]);

  // A play of the first build is replaced, and the catalogue counts one listener more.
  await change(
    'delete from gold.listener_plays where number = 7',
    addOne(3),
    'update gold.track_catalogue set listeners = 6',
  );
  const third = await publish();
  for (const file of ['listener_plays.1.parquet', 'track_catalogue.parquet'])
    assert.notEqual(third.files.get(file), second.files.get(file), file);
  assert.deepEqual(await rows(t, config), [base + 1, sum - 7]);
  await rollBack(config, 'v2');
  assert.deepEqual(await rows(t, config), [base + 1, sum]);
});

test('files that are shared outlive the version that they come from', async (t) => {
  const { config, change, publish } = await warehouse(t, '2');
  await publish();
  for (const version of [2, 3]) {
    await change(addOne(version));
    await publish();
  }
  assert.deepEqual(await readdir(config.martsDirectory), ['current.json', 'v2', 'v3']);
  assert.equal((await rows(t, config))[0], base + 2);
});

test('another column and files changed by hand are written whole', async (t) => {
  const { config, change, publish } = await warehouse(t);
  const first = await publish();
  await change('alter table gold.listener_plays add column device varchar');
  const wider = await publish();
  assert.notEqual(
    wider.files.get('listener_plays.parquet'),
    first.files.get('listener_plays.parquet'),
  );
  await forgetParts(join(config.martsDirectory, 'v2'));
  const anew = await publish();
  for (const [file, place] of anew.files) assert.notEqual(place, wider.files.get(file), file);
});
