import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Config } from '../../src/config.ts';
import { openLake } from '../../src/lake/index.ts';
import { vacuumTable } from '../../src/lake/vacuum.ts';
import { producerOutput, simulateHistory } from '../../src/sources/simulator/index.ts';
import { drain, openParts, temporaryConfig } from '../lake/lake-fixture.ts';
import { testS3Server } from '../services/test-services.ts';
import { s3Settings } from './s3-fixture.ts';
import { assertStoredOnce } from './stored-once.ts';

const { service, skip: noServer } = await testS3Server();

const run = (program: string, ...args: string[]): string | undefined => {
  const done = spawnSync(program, args, { encoding: 'utf8' });
  return done.status === 0 ? undefined : (done.stderr ?? String(done.error)).trim();
};

/** Works with a small file system at a folder; a sentence when none can be mounted. */
async function onSmallDisk(
  folder: string,
  size: string,
  work: (grow: () => void) => Promise<void>,
): Promise<string | undefined> {
  await mkdir(folder, { recursive: true });
  const problem = run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  if (problem !== undefined) return `no small disk can be mounted: ${problem}`;
  try {
    await work(() => assert.equal(run('mount', '-o', 'remount,size=64m', folder), undefined));
  } finally {
    run('umount', '--lazy', folder);
  }
  return undefined;
}

for (const [what, place, size, onS3] of [
  ['the lake’s disk', 'lake', '300k', false],
  ['the disk for files on their way to a lake on another disk', 'staging', '300k', false],
  ['the disk for files on their way to a bucket', 'staging', '300k', true],
] as const) {
  const skip = process.getuid?.() !== 0 ? 'only root can mount a small disk' : onS3 && noServer;
  test(`when ${what} is full, the sink says so; with room again it stores every event once`, {
    skip,
  }, async (t) => {
    const settings = { TONEARM_FLUSH_MEGABYTES: '0.5', ...(onS3 ? s3Settings(service) : {}) };
    const config = await temporaryConfig(t, settings);
    const problem = await onSmallDisk(join(config.dataDirectory, place), size, (grow) =>
      fillAndGoOn(t, config, grow),
    );
    if (problem !== undefined) t.skip(problem);
  });
}

/** The sink meets a full disk; after `grow` there is room. */
async function fillAndGoOn(t: TestContext, config: Config, grow: () => void): Promise<void> {
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  const made = { seed: 6, users: 500, tracks: 500, events: 9000, faults: { malformed: 0.01 } };
  const { produced } = await simulateHistory(made, producerOutput(producer));
  await assert.rejects(drain(config, log, lake), { code: 'TNA_DISK_FULL' });

  grow();
  const again = await openLake(config, Date.now);
  await drain(config, log, again);
  await assertStoredOnce(again, produced, false);
  for (const table of Object.values(again.tables)) await vacuumTable(table, -60_000);
  for (const table of Object.values(again.tables)) {
    for await (const { key } of again.store.list(table.name)) {
      if (key.includes('_delta_log/')) continue;
      assert.ok(table.log.state.files.has(key.slice(table.name.length + 1)), `orphan ${key}`);
    }
  }
}
