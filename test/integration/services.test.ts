import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { testKafka } from '../services/test-services.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const { service, skip } = await testKafka();

test('the broker listens on loopback and is found again by a second start', { skip }, async () => {
  assert.match(service!.bootstrap, /^127\.0\.0\.1:\d+$/);
  assert.deepEqual(service!.env, { TONEARM_LOG: `kafka://${service!.bootstrap}` });
});

test('services up, status and down start the S3 server once, tell its settings, and stop it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-services-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const run = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [cli, 'services', ...args, '--json'],
      { env: { ...process.env, TONEARM_DATA: directory } },
    ).catch((error: { stdout: string }) => error);
    return JSON.parse(stdout.trim().split('\n').at(-1)!);
  };
  t.after(() => run('down', 's3'));
  const first = await run('up', 's3');
  if (first.error?.code === 'TNA_SERVICE_PROGRAM_MISSING') return t.skip(first.error.message);
  assert.equal(first.services[0].running, true);
  const second = await run('up', 's3');
  assert.deepEqual(second, first);
  assert.deepEqual(await run('status', 's3'), first);
  assert.deepEqual(Object.keys(first.env).sort(), [
    'AWS_ACCESS_KEY_ID',
    'AWS_ENDPOINT_URL',
    'AWS_REGION',
    'AWS_SECRET_ACCESS_KEY',
    'TONEARM_LAKE',
  ]);
  await run('down', 's3');
  const after = await run('status', 's3');
  assert.deepEqual(after, { services: [{ name: 's3', running: false }], env: {} });
});
