import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tryLock } from '../src/process-lock.ts';

const module = join(import.meta.dirname, '../src/process-lock.ts');

test('a lock is held by one, in this process and in others, until it is released', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-lock-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'run', 'sink.lock');
  const lock = tryLock(path);
  assert.ok(lock);
  assert.equal(tryLock(path), undefined);
  lock.release();
  const again = tryLock(path);
  assert.ok(again);
  again.release();
});

test('the lock of a process that was killed is free', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-lock-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'sink.lock');
  const holder = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { tryLock } from ${JSON.stringify(module)};
     globalThis.lock = tryLock(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000);`,
  ]);
  await once(holder.stdout, 'data');
  assert.equal(tryLock(path), undefined);
  const exited = once(holder, 'exit');
  holder.kill('SIGKILL');
  await exited;
  const lock = tryLock(path);
  assert.ok(lock);
  lock.release();
});

test('a place where no folder can be made is one sentence', () => {
  assert.throws(() => tryLock('/proc/tonearm/run/sink.lock'), {
    code: 'TNA_DATA_DIRECTORY_UNWRITABLE',
  });
});
