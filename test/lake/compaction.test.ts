import assert from 'node:assert/strict';
import { existsSync, renameSync } from 'node:fs';
import { test } from 'node:test';
import { openDuckDb } from '../../src/duckdb.ts';
import { compactTable } from '../../src/lake/compaction.ts';
import { openLake } from '../../src/lake/index.ts';
import { vacuumTable } from '../../src/lake/vacuum.ts';
import { drain, event, openParts, rowsOfTable, temporaryConfig } from './lake-fixture.ts';

test('compaction turns the parts of a closed hour into one sorted file and changes no row', async (t) => {
  const config = await temporaryConfig(t);
  const received = Date.UTC(2025, 10, 18, 9, 30);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  for (let flush = 0; flush < 3; flush += 1) {
    for (let index = 0; index < 20; index += 1) {
      const number = flush * 20 + index;
      await producer.send('plays', {
        key: `u${number}`,
        value: JSON.stringify(event('plays', number)),
        timestamp: received,
      });
    }
    await producer.flush();
    await drain(config, log, lake);
  }
  const select = 'select * exclude (_ingested_at) from files order by _partition, _offset';
  const before = await rowsOfTable(lake, 'plays', select);
  const result = await compactTable(lake.tables.plays);
  assert.deepEqual(result, { hours: 1, filesBefore: 3, filesAfter: 1, rows: 60 });
  assert.deepEqual(await rowsOfTable(lake, 'plays', select), before);
  const live = lake.tables.plays.files().filter((file) => file.live);
  assert.match(live[0]!.path, /year=2025\/month=11\/day=18\/hour=09\/data\.parquet$/);
  assert.equal(live[0]!.dataChange, false);
  assert.equal((await compactTable(lake.tables.plays)).hours, 0);

  await t.test(
    'vacuum keeps replaced files for the grace period and until the warehouse has them, then deletes them',
    async () => {
      const replaced = lake.tables.plays.files().filter((file) => !file.live);
      assert.equal(replaced.length, 3);
      assert.ok(replaced.every((file) => file.dataChange && file.rows === 20));
      assert.equal((await vacuumTable(lake.tables.plays, 3_600_000)).files, 0);
      assert.equal((await vacuumTable(lake.tables.plays, -1, 0)).files, 0);
      const oldest = Math.min(...replaced.map((file) => file.version));
      assert.equal((await vacuumTable(lake.tables.plays, -1, oldest)).files, 1);
      assert.equal((await vacuumTable(lake.tables.plays, -1)).files, 2);
      assert.ok(replaced.every((file) => !existsSync(file.path)));
      assert.equal((await rowsOfTable(lake, 'plays', select)).length, 60);
    },
  );
});

test('a part whose column has another type is named and spoils no other', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  for (let flush = 0; flush < 3; flush += 1) {
    const value = JSON.stringify(event('plays', flush));
    await producer.send('plays', { key: 'u', value, timestamp: Date.UTC(2025, 10, 18, 9) });
    await producer.flush();
    await drain(config, log, lake);
  }
  const [part] = lake.tables.plays.files();
  const { connection, close } = await openDuckDb();
  await connection.run(
    `copy (select * replace ('90 s' as duration) from read_parquet('${part!.path}', hive_partitioning = false))
     to '${part!.path}.other' (format parquet)`,
  );
  close();
  renameSync(`${part!.path}.other`, part!.path);
  const before = lake.tables.plays.files();
  await assert.rejects(compactTable(lake.tables.plays), {
    code: 'TNA_LAKE_FILE_CORRUPT',
    message: `${part!.path} has another type in its column duration: VARCHAR instead of BIGINT.`,
  });
  assert.deepEqual(lake.tables.plays.files(), before);
});

test('the hour that is still open is left alone', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  for (let flush = 0; flush < 2; flush += 1) {
    await producer.send('plays', { key: 'u', value: JSON.stringify(event('plays', flush)) });
    await producer.flush();
    await drain(config, log, lake);
  }
  assert.equal((await compactTable(lake.tables.plays)).hours, 0);
});

test('a table with a checkpoint is the same table for whoever opens it afresh', async (t) => {
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  for (let flush = 0; flush < 55; flush += 1) {
    await producer.send('plays', { key: 'u', value: JSON.stringify(event('plays', flush)) });
    await producer.flush();
    await drain(config, log, lake);
  }
  const fresh = await openLake(config, Date.now);
  assert.ok(existsSync(lake.store.location('plays/_delta_log/_last_checkpoint')));
  const sorted = (files: readonly { path: string }[]) =>
    [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  assert.deepEqual(sorted(fresh.tables.plays.files()), sorted(lake.tables.plays.files()));
  assert.deepEqual(
    fresh.tables.plays.log.state.transactions,
    lake.tables.plays.log.state.transactions,
  );
  assert.equal((await drain(config, log, fresh)).committed.plays, 0);
});
