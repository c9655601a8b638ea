import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { vacuumTable } from '../../src/lake/vacuum.ts';
import { producerOutput, simulateHistory } from '../../src/sources/simulator/index.ts';
import { drain, openParts, rowsOfTable, temporaryConfig } from '../lake/lake-fixture.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const kills = 50;

test(`the sink killed at ${kills} moments loses no row and doubles none`, async (t) => {
  const settings = { TONEARM_FLUSH_SECONDS: '0.02', TONEARM_FLUSH_MEGABYTES: '0.2' };
  const config = await temporaryConfig(t, settings);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  const made = {
    seed: 9,
    users: 60,
    tracks: 400,
    events: 40_000,
    faults: { malformed: 0.01, duplicates: 0.01 },
  };
  // Small batches in the log make many small commits: more places to be killed at.
  const output = producerOutput(producer);
  let written = 0;
  const { produced } = await simulateHistory(made, {
    ...output,
    async write(...record) {
      await output.write(...record);
      written += 1;
      if (written % 800 === 0) await producer.flush();
    },
  });
  const environment = { ...process.env, ...settings, TONEARM_DATA: config.dataDirectory };

  let finished = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const child = spawn(process.execPath, [cli, 'sink'], { env: environment, stdio: 'ignore' });
    const exited = once(child, 'exit');
    // Its staging folder shows that the sink is at work; the moments then spread over several flushes.
    await Promise.race([atWork(config.stagingDirectory, child.pid!), exited]);
    await Promise.race([delay((kill * 37) % 300), exited]);
    if (child.exitCode !== null) finished += 1;
    child.kill('SIGKILL');
    await exited;
  }
  assert.equal(finished, 0, 'the sink ended by itself');
  await lake.refresh();
  await drain(config, log, lake);

  for (const topic of ['plays', 'skips', 'likes'] as const) {
    const [stored] = await rowsOfTable(
      lake,
      topic,
      'select count(*) as rows, count(distinct (_partition, _offset)) as places from files',
    );
    const [refused] = await rowsOfTable(
      lake,
      'dead_letters',
      `select count(*) as rows, count(distinct dead_letter_id) as letters from files where origin_topic = '${topic}'`,
    );
    assert.equal(stored?.rows, stored?.places, `${topic}: a row twice`);
    assert.equal(refused?.rows, refused?.letters, `${topic}: a dead letter twice`);
    assert.equal(Number(stored?.rows) + Number(refused?.rows), produced[topic], topic);
  }

  const commits = lake.tables.plays.log.state.version;
  assert.ok(commits > kills / 2, `${commits} commits of plays: the kills came before the work`);
  let orphans = 0;
  for (const table of Object.values(lake.tables)) orphans += (await vacuumTable(table, -1)).files;
  t.diagnostic(`${commits} commits of plays, ${orphans} orphans swept`);
});

/** Resolves when the sink of a process has made its staging folder. */
async function atWork(stagingDirectory: string, pid: number): Promise<void> {
  for (;;) {
    const folders = await readdir(stagingDirectory).catch(() => []);
    if (folders.some((folder) => folder.startsWith(`sink-${pid}-`))) return;
    await delay(2);
  }
}
