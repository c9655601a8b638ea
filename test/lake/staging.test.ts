import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { clearStaging, stagingPath } from '../../src/lake/staging.ts';

test('what a process that ended left is cleared; a running one keeps its folders', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-staging-'));
  t.after(() => rm(directory, { recursive: true }));
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const own = stagingPath(directory, 'compaction');
  const earlier = `sink-${process.pid}-0000aaaa`;
  const kept = [basename(own), `sink-${process.ppid}-0123abcd`, 'spool', 'import-abcdef'];
  const gone = [`sink-${ended}-0123abcd`, `checkpoint-${ended}-0123abcd`, earlier];
  for (const name of [...kept, ...gone]) await mkdir(join(directory, name));
  // A container's processes all have the same number.
  await utimes(join(directory, earlier), 0, 0);
  await clearStaging(directory);
  assert.deepEqual((await readdir(directory)).sort(), kept.sort());
  await clearStaging(join(directory, 'nowhere'));
});
