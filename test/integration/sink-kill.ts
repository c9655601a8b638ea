import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { vacuumTable } from '../../src/lake/vacuum.ts';
import { producerOutput, simulateHistory } from '../../src/sources/simulator/index.ts';
import { drain, openParts, temporaryConfig } from '../lake/lake-fixture.ts';
import { SinkProcess } from './sink-process.ts';
import { assertStoredOnce } from './stored-once.ts';

/**
 * Kills a sink again and again while it works through a backlog, then lets one finish and counts.
 * @param settings where log and lake are, when not in the data directory.
 */
export async function killTheSink(
  t: TestContext,
  kills: number,
  settings: Record<string, string> = {},
): Promise<void> {
  const all = { TONEARM_FLUSH_SECONDS: '0.02', TONEARM_FLUSH_MEGABYTES: '0.2', ...settings };
  const config = await temporaryConfig(t, all);
  const { log, lake } = await openParts(t, config);
  const producer = await log.producer();
  const made = {
    seed: 9,
    users: 60,
    tracks: 400,
    events: 800 * kills,
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
  await producer.close();

  for (let kill = 0; kill < kills; kill += 1) {
    const sink = new SinkProcess(config, all);
    await sink.atWork();
    // The moments spread over several flushes.
    await Promise.race([delay((kill * 37) % 300), sink.exited]);
    await sink.kill();
  }
  await lake.refresh();
  const commits = lake.tables.plays.log.state.version;
  assert.ok(commits > kills / 4, `${commits} commits of plays: the kills came before the work`);
  await drain(config, log, lake);
  await assertStoredOnce(lake, produced, true);

  let orphans = 0;
  for (const table of Object.values(lake.tables)) orphans += (await vacuumTable(table, -1)).files;
  t.diagnostic(`${commits} commits of plays before the last sink, ${orphans} orphans swept`);
}
