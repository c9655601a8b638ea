import assert from 'node:assert/strict';
import { cp, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { openDuckDb } from '../../src/duckdb.ts';
import { compactTable } from '../../src/lake/compaction.ts';
import { vacuumTable } from '../../src/lake/vacuum.ts';
import { takenVersions } from '../../src/published-versions.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';
import { assertSameRows, rowsOfWarehouse } from './rows-of-warehouse.ts';
import { platform } from './warehouse-platform.ts';

test('whatever happens to the lake, a run says so in one sentence, publishes nothing, and the next one recovers', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const { config, lake, send, run, ask, newestFile, pointer, endRunner } = await platform(t);
  const builtAnew = async (why: string) => {
    const { status, steps, error } = await run();
    assert.equal(status, 'success', error?.message);
    assert.equal(
      steps.find(({ name }) => name === 'transform')?.message,
      `Built anew as a whole: ${why}.`,
    );
  };
  await send([1, 2, 3]);
  assert.equal((await run()).status, 'success');

  await t.test(
    'its file is of the storage version that writes little at a checkpoint',
    async () => {
      const { connection, close } = await openDuckDb();
      await connection.run(`attach '${config.warehouse.path}' as warehouse (read_only)`);
      const read = await connection.runAndReadAll(
        "select tags['storage_version'] from duckdb_databases() where database_name = 'warehouse'",
      );
      close();
      assert.deepEqual(read.getRows(), [['v1.5.0+']]);
    },
  );

  await t.test('a file that the log names and the store lacks', async () => {
    await send([4]);
    const shown = await pointer();
    const path = newestFile();
    await rename(path, `${path}.away`);
    // The hour is closed: compaction meets it first, and says the same.
    const { status, error } = await run();
    assert.equal(status, 'failed');
    assert.equal(error?.code, 'TNA_LAKE_FILE_MISSING');
    assert.ok(error.message.includes(path), error.message);
    assert.equal(await pointer(), shown);
    await rename(`${path}.away`, path);
    assert.equal((await run()).status, 'success');
  });

  await t.test('a truncated file', async () => {
    await send([5]);
    const shown = await pointer();
    const path = newestFile();
    const whole = await readFile(path);
    await truncate(path, whole.length - 40);
    const { status, error } = await run();
    assert.equal(status, 'failed');
    assert.equal(error?.code, 'TNA_LAKE_FILE_CORRUPT');
    assert.ok(error.message.includes(path), error.message);
    assert.equal(await pointer(), shown);
    await writeFile(path, whole);
    assert.equal((await run()).status, 'success');
  });

  await t.test('a whole file with other rows than the log counts', async () => {
    await send([13, 14], {}, Date.now());
    const shown = await pointer();
    const path = newestFile();
    const whole = await readFile(path);
    const { connection, close } = await openDuckDb();
    await connection.run(
      `copy (select * from read_parquet('${path}', hive_partitioning = false) limit 1)
       to '${path}.other' (format parquet)`,
    );
    close();
    await rename(`${path}.other`, path);
    const { status, error } = await run();
    assert.equal(status, 'failed');
    assert.equal(error?.code, 'TNA_LAKE_ROWS_DIFFER', error?.message);
    assert.ok(error.message.includes(path), error.message);
    assert.equal(await pointer(), shown);
    await writeFile(path, whole);
    assert.equal((await run()).status, 'success');
  });

  // Compaction meets a file of a closed hour first; one of the hour that is still open, the models do.
  for (const [number, receivedAt, said] of [
    [11, undefined, /column duration: VARCHAR instead of BIGINT\.$/],
    [12, Date.now(), /^A new file of the lake table plays .* duration: .*'three minutes'/],
  ] as const) {
    await t.test(`a column that changed its type, event ${number}`, async () => {
      await send([number], {}, receivedAt);
      const shown = await pointer();
      const path = newestFile();
      const whole = await readFile(path);
      const { connection, close } = await openDuckDb();
      await connection.run(
        `copy (select * replace ('three minutes' as duration) from read_parquet('${path}', hive_partitioning = false))
         to '${path}.other' (format parquet)`,
      );
      close();
      await rename(`${path}.other`, path);
      const { status, error } = await run();
      assert.equal(status, 'failed');
      assert.equal(error?.code, 'TNA_LAKE_FILE_CORRUPT', error?.message);
      assert.match(error.message, said);
      assert.equal(await pointer(), shown);
      await writeFile(path, whole);
      assert.equal((await run()).status, 'success');
    });
  }

  await t.test('events of 1970 and 2090 are put aside with the reason', async () => {
    await send([6], { timestamp: '1970-01-01T00:00:00.000Z' });
    await send([7], { timestamp: '2090-01-01T00:00:00.000Z' });
    assert.equal((await run()).status, 'success');
    const { rows } = await ask('select code from silver.rejects order by all');
    assert.deepEqual(rows, [{ code: 'TNA_SILVER_IN_FUTURE' }, { code: 'TNA_SILVER_TOO_OLD' }]);
  });

  await t.test(
    'files that compaction replaced outlive a vacuum until silver has them',
    async () => {
      await send([8]);
      await send([9]);
      // Only copies: nothing of this commit goes into silver.
      await send([1, 2]);
      assert.equal((await compactTable(lake.tables.plays)).hours, 1);
      const taken = await takenVersions(config);
      await vacuumTable(lake.tables.plays, -1, taken('plays'));
      assert.equal((await run()).status, 'success');
      // They have been taken in, the copies too: now nobody needs them.
      const later = await takenVersions(config);
      assert.ok((await vacuumTable(lake.tables.plays, -1, later('plays'))).files >= 3);
      await send([10]);
      assert.equal((await run()).status, 'success');
      const { rows } = await ask('select count(*) as plays from silver.plays');
      assert.deepEqual(rows, [{ plays: 12 }]);
    },
  );

  await t.test('the runs are in gold.pipeline_health', async () => {
    const { rows } = await ask(
      'select status, count(*) as runs, count(failed_step) as failed from gold.pipeline_health group by all order by all',
    );
    assert.deepEqual(rows, [
      { status: 'failed', runs: 5, failed: 5 },
      { status: 'success', runs: 8, failed: 0 },
    ]);
    assert.equal((await readdir(config.runsDirectory)).length, 14);
  });

  await t.test(
    'an earlier copy that says another listener and day leaves nothing of the other behind',
    async () => {
      await send([20], { user_id: 'moved from', timestamp: '2025-11-10T08:00:00.000Z' });
      assert.equal((await run()).status, 'success');
      const earlier = Date.UTC(2025, 10, 18, 14);
      await send([20], { user_id: 'moved to', timestamp: '2025-11-12T08:00:00.000Z' }, earlier);
      await builtAnew('an event had moved');
      const moved = await rowsOfWarehouse(config.warehouse.path);
      assert.equal(JSON.stringify(moved).includes('moved from'), false);
      assert.equal((await run({ fullRefresh: true })).status, 'success');
      assertSameRows(moved, await rowsOfWarehouse(config.warehouse.path));
    },
  );

  await t.test('a run that dies before it has built anew leaves that to the next one', async () => {
    await send([21], { user_id: 'left from', timestamp: '2025-11-10T09:00:00.000Z' });
    assert.equal((await run()).status, 'success');
    const shown = await pointer();
    const earlier = Date.UTC(2025, 10, 18, 14);
    await send([21], { user_id: 'left to', timestamp: '2025-11-12T09:00:00.000Z' }, earlier);
    assert.equal((await run({ dies: true })).status, 'failed');
    assert.equal(await pointer(), shown);
    await endRunner();
    await builtAnew('an event had moved');
    const rows = await rowsOfWarehouse(config.warehouse.path);
    assert.equal(JSON.stringify(rows).includes('left from'), false);
  });

  await t.test('a file that silver has taken in long ago and that is damaged since', async () => {
    const old = lake.files().find(({ table, live }) => table === 'plays' && live)!;
    const whole = await readFile(old.path);
    await truncate(old.path, whole.length - 40);
    await send([22]);
    const { status, error } = await run();
    assert.equal(status, 'failed');
    assert.equal(error?.code, 'TNA_LAKE_FILE_CORRUPT', error?.message);
    assert.ok(error.message.includes(old.path), error.message);
    await writeFile(old.path, whole);
    assert.equal((await run()).status, 'success');
  });

  await t.test('a warehouse without a column of its models is built anew by itself', async () => {
    const before = await rowsOfWarehouse(config.warehouse.path);
    const { connection, close } = await openDuckDb();
    await connection.run(`attach '${config.warehouse.path}' as warehouse`);
    await connection.run('alter table warehouse.silver.event_accounting drop column moved');
    close();
    await send([1]);
    await builtAnew('a model has other columns than the warehouse');
    const rows = await rowsOfWarehouse(config.warehouse.path);
    // The copy that was sent counts as received, and nowhere else.
    for (const one of [rows, before]) delete one['gold.volume_anomalies'];
    assertSameRows(rows, before);
  });

  await t.test(
    'a warehouse in which a view was a table, with nothing that it adds up, is brought up to date',
    async () => {
      const before = await rowsOfWarehouse(config.warehouse.path);
      const { connection, close } = await openDuckDb();
      await connection.run(`attach '${config.warehouse.path}' as warehouse`);
      for (const [view, counts] of [
        ['listener_tracks', 'listener_track_counts'],
        ['listener_artists', 'listener_artist_counts'],
      ]) {
        await connection.run(`create table warehouse.gold.earlier as from warehouse.gold.${view}`);
        await connection.run(`drop view warehouse.gold.${view}`);
        await connection.run(`alter table warehouse.gold.earlier rename to ${view}`);
        await connection.run(`drop table warehouse.silver.${counts}`);
      }
      close();
      await send([1]);
      const { status, error } = await run();
      assert.equal(status, 'success', error?.message);
      const rows = await rowsOfWarehouse(config.warehouse.path);
      for (const one of [rows, before]) delete one['gold.volume_anomalies'];
      assertSameRows(rows, before);
    },
  );
});

test('a model broken by a typo is named in one sentence, publishes nothing, and is built once it is mended', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const project = join((await temporaryConfig(t)).dataDirectory, 'dbt');
  await cp(join(import.meta.dirname, '../../dbt'), project, { recursive: true });
  const { send, run, ask, pointer, endRunner } = await platform(t, project);
  await send([1, 2]);
  assert.equal((await run()).status, 'success');
  const shown = await pointer();
  const path = join(project, 'models/gold/listening_clock.sql');
  const model = await readFile(path, 'utf8');
  for (const [what, typo] of [
    ['in its SQL', model.replace('weekday,', 'weekdya,')],
    ['in its template', model.replace('{% set adding', '{% st adding')],
  ] as const) {
    await t.test(what, async () => {
      await endRunner();
      await writeFile(path, typo);
      await send([3]);
      const { status, error } = await run();
      assert.equal(status, 'failed');
      assert.equal(error?.code, 'TNA_WAREHOUSE_BUILD_FAILED');
      assert.match(error.message, /listening_clock\.sql|listening_clock/);
      assert.doesNotMatch(error.message, /\n/);
      assert.equal(await pointer(), shown);
    });
  }
  await endRunner();
  await writeFile(path, model);
  assert.equal((await run()).status, 'success');
  const { rows } = await ask('select sum(plays) as plays from gold.listening_clock');
  assert.deepEqual(rows, [{ plays: 3 }]);
});
