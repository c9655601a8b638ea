import assert from 'node:assert/strict';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDuckDb } from '../../src/duckdb.ts';
import { LookUps } from '../../src/serving/look-ups.ts';
import { martFiles, publishMarts, rowsForLookUps, rowsOfFiles } from '../../src/warehouse/index.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';

const tests = { passed: 1, failed: 0, warned: 0, failures: [] };
const listeners = 997;
const base = 600_000;
const gold = 'warehouse.gold.listener_tracks';

/** A warehouse whose tracks of listeners are more than one file holds, and how to publish it. */
async function warehouse(t: TestContext) {
  const config = await temporaryConfig(t);
  const asked = async (...statements: string[]): Promise<string[]> => {
    const { connection, close } = await openDuckDb();
    try {
      await connection.run(`attach '${config.warehouse.path}' as warehouse`);
      let answer: unknown[][] = [];
      for (const statement of statements) {
        answer = (await connection.runAndReadAll(statement)).getRows() as unknown[][];
      }
      return answer.map(String);
    } finally {
      close();
    }
  };
  await asked(
    'create schema warehouse.gold; create schema warehouse.silver',
    `create table ${gold} as select 'u' || place % ${listeners} as user_id, 't' || place as track_id,
       1::bigint as plays, 1::bigint as built_from_version from range(${base}) as places (place)`,
    'create table warehouse.silver.plays (_rewritten boolean, _silver_version bigint)',
    `create table warehouse.gold.track_similarity as
       select 't' || place // 100 as track_id, place % 100 as rank from range(300000) as places (place)`,
  );
  let published = 0;
  const publish = async () => {
    published += 1;
    const version = `v${published}`;
    const publishedAt = '2025-11-18T10:00:00.000Z';
    await publishMarts(config, { version, runId: 'run', publishedAt, tests });
    const directory = join(config.martsDirectory, version);
    const files = new Map<string, number>();
    for (const name of await readdir(directory))
      files.set(name, (await stat(join(directory, name))).ino);
    return { directory, files };
  };
  const differences = async (directory: string) => {
    const files = (await martFiles(directory)).get('listener_tracks')!;
    const compare = (source: string) =>
      `(from ${source} except all from ${gold}) union all (from ${gold} except all from ${source})`;
    const found = await asked(`from (${compare(rowsOfFiles(files))}) limit 3`);
    return [...found, ...(await asked(`from (${compare(rowsForLookUps(files))}) limit 3`))];
  };
  return { asked, publish, differences };
}

const slices = (build: number) =>
  [0, 1, 2].map((slice) => `listener_tracks.${build}.${slice}.parquet`);

test('a large table that is asked for one listener is several files, which later versions take over', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  const first = await publish();
  assert.deepEqual([...first.files.keys()].filter((name) => name.endsWith('.parquet')).sort(), [
    ...slices(0),
    'track_similarity.0.0.parquet',
    'track_similarity.0.1.parquet',
  ]);
  assert.deepEqual(await differences(first.directory), []);

  await asked(
    `update ${gold} set plays = 2, built_from_version = 5 where hash(track_id) % 50 = 0`,
    `insert into ${gold} values ('u1', 'new', 1, 5)`,
  );
  const second = await publish();
  const { paths, oldest } = (await martFiles(second.directory)).get('listener_tracks')!;
  assert.deepEqual(
    paths.map((path) => path.split('/').at(-1)),
    [...slices(1), 'listener_tracks.5.parquet'],
  );
  assert.equal(oldest, 3);
  for (const [place, name] of slices(1).entries()) {
    assert.equal(second.files.get(name), first.files.get(slices(0)[place]!));
  }
  assert.deepEqual(await differences(second.directory), []);
});

test('when a slice is gone the part is written again, and earlier versions keep theirs', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  const first = await publish();
  await rm(join(first.directory, slices(0)[2]!));
  await asked(`insert into ${gold} values ('u1', 'new', 1, 5)`);
  const second = await publish();
  assert.deepEqual(await differences(second.directory), []);
  assert.notEqual(second.files.get(slices(1)[0]!), first.files.get(slices(0)[0]!));
  const left = await asked(`select count(*) from '${first.directory}/listener_tracks.0.0.parquet'`);
  assert.deepEqual(left, [String(32 * 8192)]);
});

test('a look-up opens the files that may hold the key, and finds the newest of its rows', async (t) => {
  const { asked, publish } = await warehouse(t);
  await publish();
  await asked(
    `update ${gold} set plays = 2, built_from_version = 5 where user_id between 'u1' and 'u19'`,
  );
  const { directory } = await publish();
  const { connection, close } = await openDuckDb();
  t.after(close);
  const keys = {
    listener_tracks: 'user_id',
    track_similarity: 'track_id',
    listener_taste: 'user_id',
  };
  const lookUps = await LookUps.read(connection, await martFiles(directory), keys);
  const rows = await asked(`select user_id, count(*), sum(plays) from ${gold} group by all`);
  for (const row of rows.filter((_, place) => place % 37 === 0)) {
    const [user] = row.split(',');
    const source = lookUps.rowsOf('listener_tracks', user!);
    assert.ok(source.split('.parquet').length - 1 <= 3, source);
    assert.deepEqual(
      await asked(
        `select user_id, count(*), sum(plays) from ${source} where user_id = '${user}' group by all`,
      ),
      [row],
    );
  }
  const unknown = lookUps.rowsOf('listener_tracks', 'nobody');
  assert.deepEqual(await asked(`select count(*) from ${unknown} where user_id = 'nobody'`), ['0']);
  assert.equal(lookUps.rowsOf('listener_taste', 'u1'), 'gold.listener_taste');
  const similar = lookUps.rowsOf('track_similarity', 't777');
  assert.deepEqual(await asked(`select count(*) from ${similar} where track_id = 't777'`), ['100']);
});
