import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { eraseFromMarts } from '../../src/erasure/erase-marts.ts';
import { IdSearch } from '../../src/erasure/id-search.ts';
import { martFiles, rowsOfFiles } from '../../src/warehouse/index.ts';
import { rollBack } from '../../src/warehouse/versions.ts';
import { gold, martWarehouse } from './mart-fixture.ts';

const base = 140_000;

/** A warehouse with the hours of seven listeners. */
const warehouse = (t: TestContext) =>
  martWarehouse(t, { listeners: 7, rows: base, settings: { TONEARM_MARTS_KEPT: '5' } });

/** Listeners are heard again in some hours, and one in a new one. */
const hour = (version: number, condition: string) => [
  `create temp table heard as select * replace (plays + 1 as plays, ${version} as built_from_version)
     from ${gold} where ${condition}`,
  `delete from ${gold} where ${condition}`,
  `insert into ${gold} from heard`,
  `insert into ${gold} values ('u1', 1, 'new in ${version}', 1, ${version})`,
];

test('rows that were written anew are a file beside those that they replace, and readers see the newest alone', async (t) => {
  const { asked, publish, differences, config } = await warehouse(t);
  const first = await publish();
  assert.deepEqual([...first.files.keys()], ['listening_clock.parquet']);
  assert.equal(first.current.newest_by, undefined);

  await asked(...hour(9, 'hash(hour) % 50 = 0'));
  const second = await publish();
  assert.deepEqual(
    [...second.files.keys()],
    ['listening_clock.1.parquet', 'listening_clock.9.parquet'],
  );
  assert.equal(
    second.files.get('listening_clock.1.parquet'),
    first.files.get('listening_clock.parquet'),
  );
  assert.deepEqual(second.current.newest_by, { listening_clock: ['user_id', 'weekday', 'hour'] });
  assert.equal(second.current.tables.listening_clock, base + 1);
  assert.deepEqual(await differences('v2'), []);
  const path = join(config.martsDirectory, 'v2', 'manifest.json');
  assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), second.current);

  // Some rows a third time: they are in three builds, and the file of the ninth is written again with the tenth's.
  await asked(...hour(10, 'hash(hour) % 100 = 0'));
  const third = await publish();
  assert.equal(
    third.files.get('listening_clock.1.parquet'),
    first.files.get('listening_clock.parquet'),
  );
  assert.deepEqual(await differences('v3'), []);

  // Publishing the same again writes nothing.
  const again = await publish();
  assert.deepEqual(again.files, third.files);
  assert.deepEqual(again.current.tables, third.current.tables);

  // An earlier version is what it was: 140,001 rows, those of the ninth build among them.
  await rollBack(config, 'v2');
  const files = (await martFiles(join(config.martsDirectory, 'v2'))).get('listening_clock')!;
  assert.deepEqual(
    await asked(`select count(*), max(plays), max(built_from_version) from ${rowsOfFiles(files)}`),
    [`${base + 1},2,9`],
  );
  // What comes next is made beside the version that is shown.
  await asked(...hour(11, 'hash(hour) % 70 = 0'));
  await publish();
  assert.deepEqual(await differences('v5'), []);
});

test('when a quarter of a file was replaced it is written again', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  const first = await publish();
  await asked(...hour(2, 'hash(hour) % 3 = 0'));
  const second = await publish();
  assert.deepEqual([...second.files.keys()], ['listening_clock.parquet']);
  assert.notEqual([...second.files.values()][0], [...first.files.values()][0]);
  assert.deepEqual(await differences('v2'), []);
});

test('a key that is gone is gone from the marts: after plays were written again the table is written whole', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  await publish();
  await asked(
    ...hour(2, "hour < 't1001'"),
    `delete from ${gold} where hour = 't7'`,
    'insert into warehouse.silver.plays values (true, 2)',
  );
  const second = await publish();
  assert.deepEqual([...second.files.keys()], ['listening_clock.parquet']);
  assert.deepEqual(await differences('v2'), []);
  // Rewritten plays of builds that are published already change nothing more.
  await asked(...hour(3, "hour < 't1001'"));
  assert.equal((await publish()).files.size, 2);
  assert.deepEqual(await differences('v3'), []);
});

test('a full refresh and a warehouse without silver leave nothing of the earlier files', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  await publish();
  await asked(`update ${gold} set built_from_version = 2, plays = 5`);
  assert.deepEqual([...(await publish()).files.keys()], ['listening_clock.parquet']);
  assert.deepEqual(await differences('v2'), []);
  await asked(...hour(3, "hour < 't1001'"), 'drop table warehouse.silver.plays');
  assert.deepEqual([...(await publish()).files.keys()], ['listening_clock.parquet']);
  assert.deepEqual(await differences('v3'), []);
});

test('a listener is erased from every file, and the manifest counts the rows that readers see', async (t) => {
  const { config, asked, publish } = await warehouse(t);
  await publish();
  await asked(...hour(2, 'hash(hour) % 50 = 0'));
  await publish();
  await eraseFromMarts(config, new IdSearch('u3'), Date.now());
  const text = await readFile(join(config.martsDirectory, 'current.json'), 'utf8');
  const shown = JSON.parse(text) as { version: string; tables: Record<string, number> };
  const files = (await martFiles(join(config.martsDirectory, shown.version))).get(
    'listening_clock',
  )!;
  assert.equal(files.paths.length, 2);
  assert.equal(shown.tables.listening_clock, (base / 7) * 6 + 1);
  assert.deepEqual(
    await asked(`select count(*) filter (user_id = 'u3'), count(*) from ${rowsOfFiles(files)}`),
    [`0,${(base / 7) * 6 + 1}`],
  );
  const all = files.paths.map((path) => `'${path}'`).join(', ');
  assert.deepEqual(
    await asked(`select count(*) from read_parquet([${all}]) where user_id = 'u3'`),
    ['0'],
  );
  // The next version takes over nothing of the rewritten files.
  await asked(`delete from ${gold} where user_id = 'u3'`);
  assert.deepEqual([...(await publish()).files.keys()], ['listening_clock.parquet']);
});

test('whatever builds replace and add, readers find the rows of the warehouse', async (t) => {
  const { asked, publish, differences } = await warehouse(t);
  await publish();
  let version = 1;
  const build = fc.record({
    every: fc.constantFrom(2, 5, 11, 40, 300, 5000),
    shift: fc.nat(10),
    rewritten: fc.constantFrom(false, false, false, true),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(build, { minLength: 1, maxLength: 3 }), async (builds) => {
      for (const { every, shift, rewritten } of builds) {
        version += 1;
        await asked(
          ...hour(version, `hash(hour, ${shift}) % ${every} = 0`),
          ...(rewritten
            ? [
                `insert into warehouse.silver.plays values (true, ${version})`,
                `delete from ${gold} where hash(hour, ${version}) % 1000 = 0`,
              ]
            : []),
        );
      }
      const { current, files } = await publish();
      assert.deepEqual(await differences(current.version), []);
      assert.deepEqual(await asked(`select count(*) from ${gold}`), [
        String(current.tables.listening_clock),
      ]);
      assert.ok(files.size <= 5, `${files.size} files`);
    }),
    { numRuns: 6 },
  );
});
