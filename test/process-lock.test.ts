import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tryLock } from '../src/process-lock.ts';

test('a lock is held by one, and the lock of a dead process is taken over', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-lock-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'run', 'sink.lock');
  const lock = await tryLock(path);
  assert.ok(lock);
  assert.equal(await tryLock(path), undefined);
  await lock.release();
  await writeFile(path, '999999999');
  assert.ok(await tryLock(path));
});
