import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  livingPid,
  readRecord,
  startDetached,
  stopService,
  writeRecord,
} from '../../src/services/service.ts';

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-service-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const idle = 'setInterval(() => {}, 1000)';

test('a pid that another program has got meanwhile is left alone', async (t) => {
  const directory = await folder(t);
  const stranger = spawn(process.execPath, ['-e', idle], { stdio: 'ignore' });
  t.after(() => stranger.kill('SIGKILL'));
  await once(stranger, 'spawn');
  await writeRecord(directory, { ports: [1], pid: stranger.pid! });
  assert.equal(await livingPid(directory), undefined);
  assert.equal(await stopService(directory), false);
  assert.equal(stranger.exitCode ?? stranger.signalCode, null);
});

test('a service that is healthy is found by its folder, stopped once, and its port remembered', async (t) => {
  const directory = await folder(t);
  const pid = await startDetached({
    name: 'Idle',
    directory,
    record: { ports: [4711] },
    program: process.execPath,
    args: ['-e', idle, directory],
    isHealthy: async () => true,
    timeoutMs: 10_000,
  });
  assert.equal(await livingPid(directory), pid);
  assert.equal(await stopService(directory), true);
  assert.equal(await stopService(directory), false);
  assert.deepEqual(await readRecord(directory), { ports: [4711] });
});

test('a service that ends while it starts is named with what it printed', async (t) => {
  const directory = await folder(t);
  await assert.rejects(
    startDetached({
      name: 'Broken',
      directory,
      record: { ports: [4711] },
      program: process.execPath,
      args: ['-e', 'console.error("no such volume"); process.exit(3)', directory],
      isHealthy: async () => false,
      timeoutMs: 10_000,
    }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'TNA_SERVICE_START_FAILED');
      assert.match(error.message, /exit code 3.*no such volume/);
      return true;
    },
  );
});
