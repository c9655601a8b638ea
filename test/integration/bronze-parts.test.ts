import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { literal, openDuckDb } from '../../src/duckdb.ts';
import type { LakeFile } from '../../src/lake/lake-file.ts';
import { startDbtRunner } from '../../src/warehouse/index.ts';
import { dbtTarget } from '../../src/warehouse/profiles.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';

test('bronze reads the files of each month by a view of its own, which stays as long as they are the same', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const config = await temporaryConfig(t);
  const runner = await startDbtRunner(config);
  t.after(() => runner.close());
  const { connection, close } = await openDuckDb();
  t.after(close);
  const file = async (folder: string, columns: string): Promise<LakeFile> => {
    const path = join(config.dataDirectory, "year=1999/it's a lake", folder, 'part.parquet');
    await mkdir(dirname(path), { recursive: true });
    await connection.run(`copy (select ${columns}) to ${literal(path)}`);
    return { table: 'plays', path, version: 1, rows: 1, bytes: 1, live: true, dataChange: true };
  };
  const build = async (...files: LakeFile[]) => {
    const without = ['path:models/silver', 'path:models/gold'];
    const built = await runner.build({ fullRefresh: false, without, files, runId: 'test' });
    assert.equal(built.error, undefined);
  };
  const ask = async (...statements: string[]) => {
    await connection.run(`attach ${literal(config.warehouse.path)} as warehouse; use warehouse`);
    try {
      for (const statement of statements.slice(0, -1)) await connection.run(statement);
      return (await connection.runAndReadAll(statements.at(-1)!)).getRowsJson();
    } finally {
      await connection.run('use memory; detach warehouse');
    }
  };
  const rows = 'select event_id, genre, year, month, day, hour from bronze.plays order by all';
  const views =
    "select view_name from duckdb_views() where schema_name = 'bronze_parts' order by all";
  const january = await file('year=2024/month=01/day=31/hour=23', "'a' as event_id");
  const february = await file(
    'year=2024/month=02/day=01/hour=00',
    "'rock' as genre, 'b' as event_id",
  );
  const first = ['a', null, 2024, 1, 31, 23];
  const second = ['b', 'rock', 2024, 2, 1, 0];

  await t.test('of a file that lacks a column it is null', async () => {
    await build(january, february);
    assert.deepEqual(await ask(rows), [first, second]);
    assert.deepEqual(await ask(views), [['plays_2024_01'], ['plays_2024_02']]);
  });

  await t.test('the statements of a build name the new files of a month alone', async () => {
    const [[digest]] = (await ask(
      "select comment from duckdb_views() where view_name = 'plays_2024_01'",
    )) as [[string]];
    await ask(
      "create table marked as select * replace ('marked' as event_id) from bronze_parts.plays_2024_01",
      'create or replace view bronze_parts.plays_2024_01 as from marked',
      `comment on view bronze_parts.plays_2024_01 is '${digest}'`,
      'select 1',
    );
    const later = await file('year=2024/month=02/day=01/hour=01', "'c' as event_id");
    await build(january, february, later);
    assert.deepEqual(
      await ask(rows),
      [['c', null, 2024, 2, 1, 1], ['marked', ...first.slice(1)], second].sort(),
    );
    const statement = join(dbtTarget(config), 'run/tonearm/models/bronze/bronze_plays.sql');
    assert.doesNotMatch(await readFile(statement, 'utf8'), /\.parquet/);
  });

  await t.test('a month with other files is read anew, one without any is gone', async () => {
    const compacted = await file('year=2024/month=01/day=31/hour=22', "'d' as event_id");
    await build(compacted);
    assert.deepEqual(await ask(rows), [['d', null, 2024, 1, 31, 22]]);
    assert.deepEqual(await ask(views), [['plays_2024_01']]);
  });

  await t.test('a value of another type is told with its file and column', async () => {
    const other = await file('year=2024/month=03/day=01/hour=00', "'three' as duration");
    await build(other);
    await assert.rejects(ask('select sum(duration) from bronze.plays'), (error) => {
      const said = String(error);
      return said.includes(other.path) && said.includes('"duration"') && said.includes("'three'");
    });
  });
});
