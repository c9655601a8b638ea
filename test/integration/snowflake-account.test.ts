import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDuckDb } from '../../src/duckdb.ts';
import { IdSearch } from '../../src/erasure/index.ts';
import { eraseFromSnowflake, searchSnowflake } from '../../src/erasure/snowflake.ts';
import { openStore } from '../../src/lake/index.ts';
import type { LakeFile } from '../../src/lake/lake-file.ts';
import { checkWarehouse } from '../../src/warehouse/snowflake/check.ts';
import { syncLake, syncRunRecords } from '../../src/warehouse/snowflake/lake-sync.ts';
import { querySnowflake } from '../../src/warehouse/snowflake/query.ts';
import { openSnowflake } from '../../src/warehouse/snowflake/session.ts';
import { unloadGold } from '../../src/warehouse/snowflake/unload.ts';
import { standInMissing, startSnowflake } from '../stand-in/snowflake.ts';

const lake = 's3://music/lake/';

test('an account on the stand-in of Snowflake', { skip: standInMissing() }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-snowflake-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const buckets = join(directory, 'buckets');
  const snowflake = await startSnowflake(t, buckets, lake);
  const { location } = snowflake;
  const { database } = location;
  const failing = async () =>
    (await checkWarehouse(location, lake)).filter((one) => !one.ok).map((one) => one.part);

  await t.test(
    'check of an empty account finds every part missing, each with a remedy',
    async () => {
      const findings = await checkWarehouse(location, lake);
      const missing = findings.filter((one) => !one.ok);
      for (const part of [
        'warehouse',
        'resource monitor',
        'stage',
        'external tables',
        'grants',
        'transactions',
      ]) {
        assert.ok(
          missing.some((one) => one.part === part),
          part,
        );
      }
      for (const one of missing) assert.match(one.remedy ?? '', /\w/, one.part);
    },
  );

  await t.test('setup can be run twice, and check then finds all of it', async () => {
    const statements = await snowflake.setUp();
    assert.ok(statements > 40, `${statements} statements`);
    await mkdir(join(buckets, 'music/lake/plays'), { recursive: true });
    assert.equal(await snowflake.setUp(), statements);
    assert.deepEqual(await failing(), []);
  });

  await t.test(
    'check sees a warehouse that never sleeps and a lake that lies elsewhere',
    async () => {
      await snowflake.asAdministrator((ask) =>
        ask(`alter warehouse ${location.warehouse} set auto_suspend = 0`),
      );
      assert.deepEqual(await failing(), ['warehouse']);
      await snowflake.setUp();
      const elsewhere = await checkWarehouse(location, 's3://other/lake/');
      assert.deepEqual(
        elsewhere.filter((one) => !one.ok).map((one) => one.part),
        ['stage'],
      );
    },
  );

  const hour = 'year=2025/month=11/day=18/hour=14';
  const write = async (name: string, rows: number): Promise<LakeFile> => {
    const folder = join(buckets, 'music/lake/plays', hour);
    await mkdir(folder, { recursive: true });
    const { connection, close } = await openDuckDb();
    await connection.run(
      `copy (select 'e' || range as event_id, timestamptz '2025-11-18 14:00:00+00' as timestamp from range(${rows})) to '${folder}/${name}' (format parquet)`,
    );
    close();
    const path = `s3://music/lake/plays/${hour}/${name}`;
    return { table: 'plays', path, version: 1, rows, bytes: 1, live: true, dataChange: true };
  };
  const synced = async (files: LakeFile[]) => {
    const session = await openSnowflake(location, { role: `${database}_INGEST` });
    return syncLake(session.ask, database, files).finally(() => session.close());
  };
  const count = (sql: string) =>
    snowflake.asAdministrator(async (ask) => Number((await ask(sql))[0]!.n));

  await t.test('a file is read from the refresh after its commit, and listed once', async () => {
    const first = await write('part-1.parquet', 5);
    assert.equal(await count(`select count(*) as n from ${database}.lake.plays`), 0);
    assert.deepEqual(await synced([first]), { refreshes: 1, files: 1 });
    assert.equal(await count(`select count(*) as n from ${database}.lake.plays`), 5);
    assert.deepEqual(await synced([first]), { refreshes: 0, files: 0 });
    const data = { ...(await write('data.parquet', 5)), version: 2, dataChange: false };
    assert.deepEqual(await synced([{ ...first, live: false }, data]), { refreshes: 1, files: 2 });
    const live = `select sum(row_count) as n from ${database}.lake.lake_files where live`;
    assert.equal(await count(live), 5);
    // Vacuum has deleted it.
    await rm(join(buckets, 'music/lake/plays', hour, 'part-1.parquet'));
    assert.deepEqual(await synced([data]), { refreshes: 1, files: 1 });
    assert.equal(await count(`select count(*) as n from ${database}.lake.plays`), 5);
  });

  await t.test(
    'a file of which Snowflake reads fewer rows stops the build before the list knows it',
    async () => {
      const data = { ...(await write('data.parquet', 5)), version: 2, dataChange: false };
      const half = { ...(await write('half.parquet', 3)), version: 3, rows: 6 };
      await assert.rejects(synced([data, half]), {
        code: 'TNA_LAKE_ROWS_DIFFER',
        message: /reads 3 rows of .*half.parquet.* counts 6/,
      });
      assert.equal(await count(`select count(*) as n from ${database}.lake.lake_files`), 1);
    },
  );

  await t.test(
    'queries run under the role that only reads, and come back as plain values',
    async () => {
      await snowflake.asAdministrator((ask) =>
        ask(`create table ${database}.silver.example as select 7 as n, true as yes, 'x' as text`),
      );
      const answer = await querySnowflake(location, 'select * from silver.example');
      assert.deepEqual(answer, {
        columns: ['n', 'yes', 'text'],
        rows: [{ n: 7, yes: true, text: 'x' }],
      });
      const asked = (await snowflake.statements()).at(-1)!;
      assert.equal(asked.role, `${database}_READ`);
      await assert.rejects(querySnowflake(location, 'drop table silver.example'), {
        code: 'TNA_QUERY_REFUSED',
      });
      await assert.rejects(querySnowflake(location, 'select nothing from silver.example'), {
        code: 'TNA_QUERY_FAILED',
      });
    },
  );

  await t.test(
    'a wrong password and an account that does not answer end in one sentence',
    async () => {
      await assert.rejects(openSnowflake({ ...location, password: 'wrong' }), {
        code: 'TNA_WAREHOUSE_DENIED',
      });
      await assert.rejects(openSnowflake({ ...location, url: 'http://127.0.0.1:9' }), {
        code: 'TNA_WAREHOUSE_UNREACHABLE',
      });
    },
  );

  await t.test('the records of runs are copied once', async () => {
    const runs = join(directory, 'runs');
    await mkdir(runs);
    await writeFile(
      join(runs, 'one.json'),
      JSON.stringify({ run_id: 'one', status: 'success', text: "it's" }),
    );
    const session = await openSnowflake(location, { role: `${database}_INGEST` });
    assert.equal(await syncRunRecords(session.ask, database, runs), 1);
    assert.equal(await syncRunRecords(session.ask, database, runs), 0);
    await session.close();
  });

  await t.test(
    'a listener is found in every table and goes with them; the lake is read without deleted files',
    async () => {
      const ana = 'listener-7f3a9c';
      await snowflake.asAdministrator(async (ask) => {
        await ask(
          `create table ${database}.silver.plays as select '${ana}' as user_id, 'a' as track union all select '${ana}2', 'b'`,
        );
        await ask(
          `create table ${database}.gold.pairs as select 'other' as user_id, 'like ${ana}' as reason`,
        );
        await ask(
          `insert into ${database}.lake.run_records (run_id, record) select 'naming', parse_json('{"rows":["${ana}"]}')`,
        );
        await ask(
          `insert into ${database}.lake.run_records (run_id, record) select 'other', parse_json('{"rows":["${ana}2"]}')`,
        );
      });
      const search = new IdSearch(ana);
      const before = await searchSnowflake(location, search);
      assert.equal(before.hits, 3);
      assert.deepEqual(before.where, [
        `${database}.GOLD.PAIRS`,
        `${database}.LAKE.RUN_RECORDS`,
        `${database}.SILVER.PLAYS`,
      ]);
      // The erasure of the lake has rewritten the file.
      const rewritten = { ...(await write('rewritten.parquet', 4)), version: 4 };
      for (const name of ['data.parquet', 'half.parquet']) {
        await rm(join(buckets, 'music/lake/plays', hour, name));
      }
      const now = Date.UTC(2026, 0, 1);
      const done = await eraseFromSnowflake(location, [rewritten], search, now);
      assert.equal(done.records, 1);
      assert.equal(new Date(done.bytesUntil).toISOString(), '2026-01-08T00:00:00.000Z');
      const after = await searchSnowflake(location, search);
      assert.deepEqual([after.hits, after.where], [0, []]);
      assert.equal(await count(`select count(*) as n from ${database}.lake.plays`), 4);
      const left = `select count(*) as n from ${database}.lake.run_records where run_id in ('naming', 'other')`;
      assert.equal(await count(left), 1);
      const asked = (await snowflake.statements()).filter(({ tag }) => tag === 'tonearm:forget');
      assert.ok(asked.length > 10);
      assert.ok(
        asked.every(({ sql }) => !sql.includes(ana)),
        'the id stays out of the texts of queries, which Snowflake keeps for a year',
      );
      for (const { sql } of asked.filter((one) => /^drop/i.test(one.sql))) {
        const table = /drop table if exists (\S+)/i.exec(sql)![1]!;
        const off = `alter table ${table} set data_retention_time_in_days = 0`;
        assert.ok(
          asked.some((one) => one.sql === off),
          table,
        );
      }
    },
  );

  await t.test(
    'a table of gold comes out as sorted Parquet with the types of its contract, an empty one too',
    async () => {
      const store = await openStore({ kind: 'file', directory: join(buckets, 'music/lake') });
      const out = join(directory, 'marts');
      await mkdir(out);
      const columns = [
        { name: 'user_id', type: 'varchar' },
        { name: 'plays', type: 'bigint' },
        { name: 'share', type: 'double' },
        { name: 'day', type: 'date' },
        { name: 'liked', type: 'boolean' },
        { name: 'first_played_at', type: 'timestamptz' },
      ];
      const moment = '2024-02-29 23:59:59.123 +0000';
      await snowflake.asAdministrator(async (ask) => {
        for (const name of ['some', 'none']) {
          const rows =
            name === 'none'
              ? ''
              : `union all select 'b', 3, 0.25::float, '2024-02-29'::date, true, '${moment}'::timestamp_tz union all select 'a', 9007199254740993, null, null, null, null`;
          await ask(
            `create table ${database}.gold.${name} as select * from (select null::varchar as user_id, null::bigint as plays, null::float as share, null::date as day, null::boolean as liked, null::timestamp_tz as first_played_at ${rows}) as made where user_id is not null`,
          );
        }
        await ask(
          `create table ${database}.gold.many as select 'u' || seq4() as user_id from table(generator(rowcount => 5000))`,
        );
        const tables = [
          ...['none', 'some'].map((name) => ({ name, columns })),
          { name: 'many', columns: columns.slice(0, 1) },
        ];
        const options = { database, tables, version: 'v1', store, directory: out };
        const order = { sortedBy: () => 'user_id', rowsOfGroup: 2048 };
        assert.deepEqual(await unloadGold(ask, { ...options, ...order }), {
          none: 0,
          some: 2,
          many: 5000,
        });
      });
      const { connection, close } = await openDuckDb();
      const read = await connection.runAndReadAll(`from '${out}/some.parquet'`);
      assert.deepEqual(
        read.columnNames(),
        columns.map((one) => one.name),
      );
      assert.deepEqual(read.columnTypes().map(String), [
        'VARCHAR',
        'BIGINT',
        'DOUBLE',
        'DATE',
        'BOOLEAN',
        'TIMESTAMP WITH TIME ZONE',
      ]);
      assert.deepEqual(read.getRowsJson(), [
        ['a', '9007199254740993', null, null, null, null],
        ['b', '3', 0.25, '2024-02-29', true, '2024-02-29 23:59:59.123+00'],
      ]);
      const groups = await connection.runAndReadAll(
        `select distinct row_group_id, row_group_num_rows from parquet_metadata('${out}/many.parquet') order by all`,
      );
      assert.deepEqual(
        groups.getRows().map(([, rows]) => Number(rows)),
        [2048, 2048, 904],
      );
      const empty = await connection.runAndReadAll(`from '${out}/none.parquet'`);
      assert.deepEqual(empty.columnTypes(), read.columnTypes());
      close();
      // Nothing stays behind, here or in the lake.
      assert.deepEqual((await readdir(out)).sort(), [
        'many.parquet',
        'none.parquet',
        'some.parquet',
      ]);
      for await (const { key } of store.list('_marts/')) assert.fail(key);
    },
  );
});
