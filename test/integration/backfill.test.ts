import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { rangeOf } from '../../src/commands/run.ts';
import { openDuckDb } from '../../src/duckdb.ts';
import { tryLock } from '../../src/process-lock.ts';
import { assertSameRows, rowsOfWarehouse } from './rows-of-warehouse.ts';
import { platform } from './warehouse-platform.ts';

const day = (number: number) => ({ timestamp: `2025-11-${number}T10:00:00.000Z` });

test('a backfill puts lost and altered rows of its range right, and changes nothing when they are', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const { config, send, run } = await platform(t);
  await send([1, 2, 3, 1], day(14));
  await send([4, 5, 6], day(15));
  await send([7, 8], day(16));
  assert.equal((await run()).status, 'success');
  const right = await rowsOfWarehouse(config.warehouse.path);
  const range = { from: '2025-11-15T00:00:00.000Z', to: '2025-11-16T00:00:00.000Z' };

  const first = await run({ range });
  assert.equal(first.status, 'success', first.error?.message);
  assert.deepEqual(first.range, range);
  assertSameRows(await rowsOfWarehouse(config.warehouse.path), right);

  // The backfill has numbered events anew; what comes after it has a number of its own.
  await send([10], day(16));
  assert.equal((await run()).status, 'success');

  await alter(config.warehouse.path, [
    "delete from silver.plays where timestamp = '2025-11-15T10:00:00Z' and user_id = 'user-4'",
    "update silver.plays set duration = 1 where user_id = 'user-5'",
    "update gold.daily_listening_stats set plays = 99 where day = '2025-11-15'",
    "delete from gold.artist_popularity where day = '2025-11-15'",
  ]);
  // New events come in with it, some of them in the range.
  await send([9, 5], day(15));
  const repaired = await run({ range });
  assert.equal(repaired.status, 'success', JSON.stringify(repaired.tests.failures));
  const after = await rowsOfWarehouse(config.warehouse.path);
  assert.equal((await run({ fullRefresh: true })).status, 'success');
  const full = await rowsOfWarehouse(config.warehouse.path);
  assertSameRows(after, full);
  assert.equal(full['silver.plays']?.length, (right['silver.plays']?.length ?? 0) + 2);
});

async function alter(path: string, statements: readonly string[]): Promise<void> {
  const { connection, close } = await openDuckDb();
  try {
    await connection.run(`attach '${path}' as warehouse; use warehouse`);
    for (const statement of statements) await connection.run(statement);
  } finally {
    close();
  }
}

test('a range is dates or times, ends before its end, and is told what is wrong with it', () => {
  const now = Date.UTC(2025, 10, 20, 6);
  assert.deepEqual(rangeOf({ from: '2025-11-18', to: '2025-11-19T02:00:00+01:00' }, now), {
    from: '2025-11-18T00:00:00.000Z',
    to: '2025-11-19T01:00:00.000Z',
  });
  assert.equal(rangeOf({ from: '2025-11-18' }, now)?.to, '2025-11-20T06:00:00.000Z');
  assert.equal(rangeOf({}, now), undefined);
  for (const wrong of [
    { to: '2025-11-18' },
    { from: 'yesterday' },
    { from: '2025-02-30T25:00:00Z' },
    { from: '2025-11-18', to: '2025-11-18' },
    { from: '2025-11-21' },
  ]) {
    assert.throws(() => rangeOf(wrong, now), { code: 'TNA_USAGE' });
  }
});

test('a second run leaves with 75 and one sentence when the first does not end in time', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const { config, send } = await platform(t);
  await send([1]);
  const lock = tryLock(join(config.dataDirectory, 'run', 'pipeline.lock'));
  assert.ok(lock);
  const backfill = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../../src/cli.ts'), 'backfill', '--json', ...args],
      { encoding: 'utf8', env: { ...process.env, TONEARM_DATA: config.dataDirectory } },
    );
  const busy = backfill('--from', '2025-11-01', '--wait', '0.3');
  assert.equal(busy.status, 75);
  assert.equal(JSON.parse(busy.stdout).error.code, 'TNA_PIPELINE_BUSY');
  lock.release();
  assert.equal(backfill().status, 2);
  const done = backfill('--from', '2025-11-01');
  assert.equal(done.status, 0, done.stderr);
  assert.equal(
    JSON.parse(done.stdout.trim().split('\n').at(-1)!).range.from,
    '2025-11-01T00:00:00.000Z',
  );
});
