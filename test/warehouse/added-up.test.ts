import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { openDuckDb } from '../../src/duckdb.ts';
import { eraseFromMarts } from '../../src/erasure/erase-marts.ts';
import { IdSearch } from '../../src/erasure/id-search.ts';
import { LookUps } from '../../src/serving/look-ups.ts';
import { martFiles, rowsOfFiles } from '../../src/warehouse/index.ts';
import { publishedWarehouse } from './mart-fixture.ts';

const base = 140_000;
const counts = 'warehouse.silver.listener_track_counts';

/** Tracks of seven listeners as one build counted them, and the view that adds up what later builds count. */
const warehouse = (t: TestContext, settings: Record<string, string> = {}) =>
  publishedWarehouse(t, {
    table: 'listener_tracks',
    settings: { TONEARM_MARTS_KEPT: '5', ...settings },
    statements: [
      `create table ${counts} as select 'u' || place % 7 as user_id, 't' || place as track_id, 'One' as track,
         1::bigint as plays, false as liked, place::bigint as last_played_at, 1::bigint as built_from_version
       from range(${base}) as places (place)`,
      `create view warehouse.gold.listener_tracks as
         select user_id, track_id, arg_max(track, (last_played_at, track)) as track, sum(plays)::bigint as plays,
           max_by(liked, built_from_version) as liked, max(last_played_at) as last_played_at,
           max(built_from_version) as built_from_version
         from ${counts} group by user_id, track_id having sum(plays) > 0`,
    ],
  });

/** What a build counts: tracks that are heard again, a new one, and likes of a known and of an unknown track. */
const build = (version: number, condition: string) =>
  `insert into ${counts}
     select distinct user_id, track_id, 'Name ' || ${version}, 1, liked, ${version}, ${version}
     from ${counts} where ${condition} and plays > 0
     union all values ('u1', 'new in ${version}', 'New', 1, false, ${version}, ${version}),
       ('u2', 't2', null, 0, true, null, ${version}), ('u2', 'liked in ${version}', null, 0, true, null, ${version})`;

test('what a build counted is a file beside the earlier ones, and readers add them up', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  const first = await publish();
  assert.deepEqual([...first.files.keys()], ['listener_tracks.parquet']);
  assert.equal(first.current.added_up, undefined);

  await asked(build(9, 'hash(track_id) % 50 = 0'));
  const second = await publish();
  assert.deepEqual(
    [...second.files.keys()],
    ['listener_tracks.1.parquet', 'listener_tracks.9.parquet'],
  );
  assert.equal(
    second.files.get('listener_tracks.1.parquet'),
    first.files.get('listener_tracks.parquet'),
  );
  assert.match(
    second.current.added_up!.listener_tracks!,
    /^select user_id, .* from \{rows\} group by /is,
  );
  assert.deepEqual(await differences('v2'), []);

  // The statement is all that another reader needs.
  const manifest = JSON.parse(await readFile(join(second.directory, 'manifest.json'), 'utf8'));
  const statement = manifest.added_up.listener_tracks.replace(
    '{rows}',
    `read_parquet('${second.directory}/listener_tracks.*parquet')`,
  );
  assert.deepEqual(
    await asked(`select plays, liked from (${statement}) where track_id in ('t2', 'liked in 9')`),
    ['1,true'],
  );

  // Publishing the same again writes nothing.
  const again = await publish();
  assert.deepEqual(again.files, second.files);
});

test('a look-up adds up the rows of its listener, also of one whom only a later file knows', async (t) => {
  const { asked, publish } = await warehouse(t);
  await publish();
  await asked(
    build(2, "user_id = 'u4' and hash(track_id) % 5 = 0"),
    `insert into ${counts} values ('v1', 't1', 'One', 2, false, 2, 2), ('v1', 't2', null, 0, true, null, 2)`,
  );
  const { directory } = await publish();
  const { connection, close } = await openDuckDb();
  t.after(close);
  const lookUps = await LookUps.read(connection, await martFiles(directory), {
    listener_tracks: 'user_id',
  });
  for (const user of ['u0', 'u1', 'u4', 'v1', 'nobody']) {
    const sums = (source: string) =>
      `select count(*), sum(plays), count_if(liked) from ${source} where user_id = '${user}'`;
    assert.deepEqual(
      await asked(sums(lookUps.rowsOf('listener_tracks', user))),
      await asked(sums('warehouse.gold.listener_tracks')),
    );
  }
});

test('a file that is the whole table has one row a key', async (t) => {
  const { asked, publish } = await warehouse(t);
  await asked(build(2, 'hash(track_id) % 4 = 0'), build(3, 'hash(track_id) % 8 = 0'));
  const { files, directory, current } = await publish();
  assert.deepEqual([...files.keys()], ['listener_tracks.parquet']);
  assert.equal(current.added_up, undefined);
  assert.equal(current.tables.listener_tracks, base + 2);
  const path = `'${directory}/listener_tracks.parquet'`;
  assert.deepEqual(
    await asked(
      `select count(*), count(distinct (user_id, track_id)), min(plays), max(plays) from ${path}`,
    ),
    [`${base + 2},${base + 2},1,3`],
  );
});

test('the name of the warehouse file may be any', async (t) => {
  const { asked, config, publish } = await warehouse(t, {
    TONEARM_WAREHOUSE: 'duckdb:./my-own.duckdb',
  });
  // A view names the file that it is in.
  await asked(
    'detach warehouse',
    `attach '${config.warehouse.path}' as "my-own"`,
    `create or replace view "my-own".gold.listener_tracks as
       select user_id, track_id, sum(plays)::bigint as plays, max(built_from_version) as built_from_version
       from "my-own"."silver"."listener_track_counts" group by user_id, track_id`,
  );
  await publish();
  await asked(build(2, 'hash(track_id) % 50 = 0'));
  const { current } = await publish();
  assert.match(current.added_up!.listener_tracks!, /from \{rows\} group by/i);
});

test('listeners who were counted anew are written anew', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  await publish();
  await asked(build(2, 'hash(track_id) % 50 = 0'));
  await publish();
  await asked(
    `delete from ${counts} where user_id = 'u3'`,
    `insert into ${counts} values ('u3', 't3', 'Again', 5, true, 7, 3)`,
  );
  await publish();
  assert.deepEqual(await differences('v3'), []);
});

test('when the oldest part is gone, the next one takes its place with one row a key', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  await publish();
  const later = `insert into ${counts} select 'late', 't' || place % 10000, 'One', 1, false, place, 5 + place // 10000
    from range(20000) as places (place) union all values ('late', 'liked alone', null, 0, true, null, 5)`;
  await asked(later);
  assert.equal((await publish()).files.size, 2);
  await asked(`delete from ${counts} where built_from_version = 1`);
  const { current, files, directory } = await publish();
  assert.deepEqual([...files.keys()], ['listener_tracks.parquet']);
  assert.equal(current.added_up, undefined);
  assert.deepEqual(
    await asked(`select count(*), max(plays) from '${directory}/listener_tracks.parquet'`),
    ['10000,2'],
  );
  assert.deepEqual(await differences('v3'), []);
});

test('a listener is erased from every file that is added up', async (t) => {
  const { config, asked, publish } = await warehouse(t);
  await publish();
  await asked(build(2, 'hash(track_id) % 50 = 0'));
  await publish();
  await eraseFromMarts(config, new IdSearch('u3'), Date.now());
  const text = await readFile(join(config.martsDirectory, 'current.json'), 'utf8');
  const shown = JSON.parse(text) as { version: string; tables: Record<string, number> };
  const files = (await martFiles(join(config.martsDirectory, shown.version))).get(
    'listener_tracks',
  )!;
  assert.equal(files.paths.length, 2);
  const left = (base / 7) * 6 + 1;
  assert.equal(shown.tables.listener_tracks, left);
  assert.deepEqual(
    await asked(`select count(*) filter (user_id = 'u3'), count(*) from ${rowsOfFiles(files)}`),
    [`0,${left}`],
  );
  const all = files.paths.map((path) => `'${path}'`).join(', ');
  assert.deepEqual(
    await asked(`select count(*) from read_parquet([${all}]) where user_id = 'u3'`),
    ['0'],
  );
});

test('whatever builds count, and count anew, readers find the rows of the view', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  await publish();
  let version = 1;
  const one = fc.record({
    every: fc.constantFrom(2, 11, 300, 5000),
    recounted: fc.option(fc.nat(6), { freq: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 3 }), async (builds) => {
      for (const { every, recounted } of builds) {
        version += 1;
        const user = `user_id = 'u${recounted}'`;
        await asked(
          build(version, `hash(track_id, ${version}) % ${every} = 0`),
          ...(recounted === null
            ? []
            : [
                `create temp table anew as select * replace (${version} as built_from_version)
                   from warehouse.gold.listener_tracks where ${user} and hash(track_id) % 10 > 0`,
                `delete from ${counts} where ${user}`,
                `insert into ${counts} from anew`,
              ]),
        );
      }
      const { current, files } = await publish();
      assert.deepEqual(await differences(current.version), []);
      assert.ok(files.size <= 6, `${files.size} files`);
    }),
    { numRuns: 5 },
  );
});
