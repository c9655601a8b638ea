import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { testS3Server } from '../services/test-services.ts';
import { s3Settings } from './s3-fixture.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const { service, skip: noServer } = await testS3Server();
const skip =
  noServer ||
  (!hasPythonEnvironment() &&
    'the Python environment is missing: node scripts/python-environment.mjs');

test('simulate, sink, run, query and upkeep on a lake in a bucket', { skip }, async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'tonearm-s3-loop-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const env = {
    ...process.env,
    ...s3Settings(service),
    TONEARM_DATA: data,
    TONEARM_VACUUM_HOURS: '0',
  };
  let printed = '';
  const tonearm = (...args: string[]) => {
    const done = spawnSync(process.execPath, [cli, ...args, '--json'], { encoding: 'utf8', env });
    printed += done.stdout + done.stderr;
    assert.equal(done.status, 0, done.stdout + done.stderr);
    return JSON.parse(done.stdout.trim().split('\n').at(-1)!);
  };
  const { produced } = tonearm(
    'simulate',
    '--events',
    '4000',
    '--seed',
    '4',
    '--malformed',
    '0.01',
  );
  const { committed } = tonearm('sink', '--until-idle');
  const [letters] = tonearm(
    'query',
    "select count(*) as n from bronze.dead_letters where origin_topic = 'plays'",
  );
  assert.equal(committed.plays + letters.n, produced.plays);

  const first = tonearm('run');
  assert.equal(first.status, 'success');
  assert.equal(first.tests.failed, 0);
  const count = (table: string) => tonearm('query', `select count(*) as n from ${table}`)[0].n;
  assert.equal(count('silver.plays'), committed.plays);
  const gold = () =>
    tonearm('query', 'select sum(plays) as n from gold.daily_listening_stats')[0].n;
  assert.equal(gold(), committed.plays);

  // A second build reads only what was committed since, then a full one all of it, compacted or not.
  const more = tonearm('simulate', '--events', '1000', '--seed', '5').produced.plays;
  assert.equal(tonearm('sink', '--until-idle').committed.plays, more);
  const { tables } = tonearm('compact');
  assert.ok(tables.plays.filesBefore > tables.plays.filesAfter);
  assert.equal(count('bronze.plays'), committed.plays + more);
  assert.equal(tonearm('run').status, 'success');
  assert.equal(gold(), committed.plays + more);
  assert.ok(tonearm('vacuum').tables.plays.files >= tables.plays.filesBefore);
  assert.equal(tonearm('run', '--full-refresh').status, 'success');
  assert.equal(gold(), committed.plays + more);
  assert.ok(tonearm('doctor').ok);
  assert.ok(tonearm('status'));

  await t.test('the keys are in nothing that was printed or written', async () => {
    const secret = service!.secretAccessKey;
    assert.ok(!printed.includes(secret));
    const entries = await readdir(data, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    assert.ok(files.length > 20);
    for (const entry of files) {
      const path = join(entry.parentPath, entry.name);
      assert.ok(!(await readFile(path)).includes(secret), path);
    }
  });
});
