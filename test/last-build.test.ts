import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  beginBuild,
  completeBuild,
  hasLeftOut,
  mayLeaveOut,
  readBuild,
  writeBuild,
} from '../src/last-build.ts';
import { temporaryConfig } from './lake/lake-fixture.ts';

const hour = 3_600_000;
const begin = Date.UTC(2026, 0, 1);

test('models that can wait are left out for a day after a complete build of this warehouse and lake', async (t) => {
  const config = await temporaryConfig(t);
  await mkdir(config.dataDirectory, { recursive: true });
  await writeFile(config.warehouse.path, 'one');
  assert.equal(await mayLeaveOut(config, 100, begin), false, 'nothing was ever built');
  const build = await beginBuild(config, 'first');
  const complete = await completeBuild(config, 100, begin);
  await writeBuild(config, { ...build, finished: true, ok: true, complete });
  assert.equal(await mayLeaveOut(config, 149, begin + 22 * hour), true);
  assert.equal(await mayLeaveOut(config, 100, begin + 23 * hour), false, 'a day has gone by');
  assert.equal(
    await mayLeaveOut(config, 150, begin + hour),
    false,
    'an import made it another lake',
  );

  // Builds after it, even one that is cut short, leave it as it is.
  await beginBuild(config, 'second');
  await assert.rejects(readBuild(config), { code: 'TNA_PIPELINE_NOT_BUILT' });
  assert.equal(await mayLeaveOut(config, 100, begin + hour), true);

  await writeFile(`${config.warehouse.path}.new`, 'another');
  await rm(config.warehouse.path);
  assert.equal(await mayLeaveOut(config, 100, begin + hour), false, 'the warehouse is gone');
  await writeFile(config.warehouse.path, 'another');
  assert.equal(
    await mayLeaveOut(config, 100, begin + hour),
    false,
    'the warehouse is another file',
  );
});

test('a build that left models out is told from a complete one, until the next begins', async (t) => {
  const config = await temporaryConfig(t);
  assert.equal(await hasLeftOut(config), false, 'nothing was ever built');
  const build = await beginBuild(config, 'first');
  await writeBuild(config, { ...build, quick: true, finished: true, ok: true });
  assert.equal(await hasLeftOut(config), true);
  await writeBuild(config, { ...(await beginBuild(config, 'second')), finished: true, ok: true });
  assert.equal(await hasLeftOut(config), false);
});
