import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { startDbtRunner } from '../../src/warehouse/index.ts';
import { temporaryConfig } from '../lake/lake-fixture.ts';

test('a build that skips models because an ephemeral one before them failed is not ok', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const config = await temporaryConfig(t);
  const runner = await startDbtRunner(config);
  t.after(() => runner.close());
  const options = { fullRefresh: false, files: [], runId: 'test' };
  assert.equal((await runner.build(options)).ok, true);

  // received_plays asks this column how far silver is: without it, it cannot be compiled.
  const rename = async (from: string, to: string) => {
    const instance = await DuckDBInstance.create(config.warehouse.path);
    const connection = await instance.connect();
    await connection.run(`alter table silver.plays rename column ${from} to ${to}`);
    connection.closeSync();
    instance.closeSync();
  };
  await rename('_commit_version', 'away');
  const built = await runner.build(options);
  assert.equal(built.tests.failed, 0);
  assert.equal(built.ok, false);
  assert.match(built.error ?? '', /received_plays/);
  assert.ok(built.models.some(({ status }) => status === 'skipped'));

  await rename('away', '_commit_version');
  assert.equal((await runner.build(options)).ok, true);
});
