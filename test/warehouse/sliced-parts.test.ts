import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDuckDb } from '../../src/duckdb.ts';
import { LookUps } from '../../src/serving/look-ups.ts';
import { martFiles } from '../../src/warehouse/index.ts';
import { gold, martWarehouse } from './mart-fixture.ts';

/** A warehouse whose clocks of listeners are more than one file holds. */
async function warehouse(t: TestContext) {
  const made = await martWarehouse(t, { listeners: 997, rows: 600_000 });
  await made.asked(
    `create table warehouse.gold.track_similarity as
       select 't' || place // 100 as track_id, place % 100 as rank from range(300000) as places (place)`,
  );
  return made;
}

const slices = (build: number) =>
  [0, 1, 2].map((slice) => `listening_clock.${build}.${slice}.parquet`);

test('a large table that is asked for one listener is several files, which later versions take over', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  const first = await publish();
  assert.deepEqual([...first.files.keys()].sort(), [
    ...slices(0),
    'track_similarity.0.0.parquet',
    'track_similarity.0.1.parquet',
  ]);
  assert.deepEqual(await differences('v1'), []);

  await asked(
    `update ${gold} set plays = 2, built_from_version = 5 where hash(hour) % 50 = 0`,
    `insert into ${gold} values ('u1', 1, 'new', 1, 5)`,
  );
  const second = await publish();
  const { paths, oldest } = (await martFiles(second.directory)).get('listening_clock')!;
  assert.deepEqual(
    paths.map((path) => path.split('/').at(-1)),
    [...slices(1), 'listening_clock.5.parquet'],
  );
  assert.equal(oldest, 3);
  for (const [place, name] of slices(1).entries()) {
    assert.equal(second.files.get(name), first.files.get(slices(0)[place]!));
  }
  assert.deepEqual(await differences('v2'), []);
});

test('when a slice is gone the part is written again, and earlier versions keep theirs', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  const first = await publish();
  await rm(join(first.directory, slices(0)[2]!));
  await asked(`insert into ${gold} values ('u1', 1, 'new', 1, 5)`);
  const second = await publish();
  assert.deepEqual(await differences('v2'), []);
  assert.notEqual(second.files.get(slices(1)[0]!), first.files.get(slices(0)[0]!));
  const left = await asked(`select count(*) from '${first.directory}/listening_clock.0.0.parquet'`);
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
    listening_clock: 'user_id',
    track_similarity: 'track_id',
    listener_taste: 'user_id',
  };
  const lookUps = await LookUps.read(connection, await martFiles(directory), keys);
  const rows = await asked(`select user_id, count(*), sum(plays) from ${gold} group by all`);
  for (const row of rows.filter((_, place) => place % 37 === 0)) {
    const [user] = row.split(',');
    const source = lookUps.rowsOf('listening_clock', user!);
    assert.ok(source.split('.parquet').length - 1 <= 3, source);
    assert.deepEqual(
      await asked(
        `select user_id, count(*), sum(plays) from ${source} where user_id = '${user}' group by all`,
      ),
      [row],
    );
  }
  const unknown = lookUps.rowsOf('listening_clock', 'nobody');
  assert.deepEqual(await asked(`select count(*) from ${unknown} where user_id = 'nobody'`), ['0']);
  assert.equal(lookUps.rowsOf('listener_taste', 'u1'), 'gold.listener_taste');
  const similar = lookUps.rowsOf('track_similarity', 't777');
  assert.deepEqual(await asked(`select count(*) from ${similar} where track_id = 't777'`), ['100']);
});
