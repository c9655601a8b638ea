import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { schemathesis } from '../../scripts/python-environment.mjs';
import { AccessStore } from '../../src/access/index.ts';
import { publishMarts } from './marts-fixture.ts';
import { ownDataDouble } from './own-data-double.ts';
import { failedRun, runRecord, writeRuns } from './run-fixture.ts';
import { startFixture } from './server-fixture.ts';

const day = '2026-03-09';
const users = ['ana', 'ben', 'cleo', 'dan', 'eve', 'fay'];

/**
 * Has Schemathesis ask a real server with published marts whatever its OpenAPI document allows and forbids, with the
 * owner's token. The stream never ends, so it is left out; signing in and out would end what the others need.
 * @param options how long, in seconds, and how much.
 * @returns its report; `failed` when anything did not conform.
 */
export async function runSchemathesis(options: {
  seconds: number;
  examples: number;
  seed?: number;
}): Promise<{ failed: boolean; report: string }> {
  let token = '';
  const fixture = await startFixture(
    async (config) => {
      await publishMarts(
        config.martsDirectory,
        'v1',
        `${day}T12:00:00.000Z`,
        users.map((user, index) => ({ user, day, plays: 3 + index, privatePlays: 1 })),
      );
      await writeRuns(config.runsDirectory, runRecord(), failedRun);
      const store = new AccessStore(config.access.directory, Date.now);
      token = store.createToken({ name: 'owner', role: 'owner' }).text;
      store.close();
    },
    { env: { TONEARM_REQUESTS_PER_MINUTE: '1000000' }, ownData: ownDataDouble() },
  );
  const folder = await mkdtemp(join(tmpdir(), 'tonearm-schemathesis-'));
  try {
    const { stdout, code } = await promisify(execFile)(
      schemathesis,
      [
        ...['--config-file', join(import.meta.dirname, 'schemathesis.toml')],
        'run',
        `${fixture.server.url}/api/openapi.json`,
        '--no-color',
        ...['--max-time', String(options.seconds)],
        ...['--max-examples', String(options.examples)],
        ...(options.seed === undefined ? [] : ['--seed', String(options.seed)]),
        ...['--header', `Authorization: Bearer ${token}`],
        ...['--exclude-path', '/api/live/stream'],
        ...['--exclude-path', '/api/session'],
      ],
      {
        cwd: folder,
        maxBuffer: 64 * 1024 * 1024,
        env: { ...process.env, HYPOTHESIS_STORAGE_DIRECTORY: folder },
      },
    ).then(
      ({ stdout }) => ({ stdout, code: 0 }),
      (error: { stdout: string; stderr: string; code: number }) => ({
        stdout: `${error.stdout}\n${error.stderr}`,
        code: error.code,
      }),
    );
    return { failed: code !== 0, report: stdout };
  } finally {
    await fixture.close();
    await rm(folder, { recursive: true });
  }
}
