import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { vacuumTable } from '../../src/lake/vacuum.ts';
import { producerOutput, simulateHistory } from '../../src/sources/simulator/index.ts';
import { drain, openParts, temporaryConfig } from '../lake/lake-fixture.ts';
import { SinkProcess } from './sink-process.ts';
import { assertStoredOnce } from './stored-once.ts';

/**
 * Kills a sink again and again while records come in, then lets one finish and counts.
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
  const produced: Record<string, number> = {};
  for (let kill = 0; kill < kills; kill += 1) {
    // New records for each sink, a batch in the log of their own: many commits, many places to be killed at.
    const faults = { malformed: 0.01, duplicates: 0.01 };
    const made = { seed: kill, users: 20, tracks: 400, events: 800, faults };
    const result = await simulateHistory(made, producerOutput(producer));
    for (const [topic, count] of Object.entries(result.produced)) {
      produced[topic] = (produced[topic] ?? 0) + count;
    }
    const sink = new SinkProcess(config, all);
    // Every second one gets as far as a commit, however busy the machine is; the moments then spread.
    await (kill % 2 === 0 ? sink.atWork() : sink.hasStored());
    await Promise.race([delay((kill * 37) % 200), sink.exited]);
    await sink.kill();
  }
  await producer.close();
  await lake.refresh();
  const commits = lake.tables.plays.log.state.version;
  assert.ok(
    commits >= kills / 2 - 1,
    `${commits} commits of plays: the kills came before the work`,
  );
  await drain(config, log, lake);
  await assertStoredOnce(lake, produced, true);

  let orphans = 0;
  for (const table of Object.values(lake.tables)) orphans += (await vacuumTable(table, -1)).files;
  t.diagnostic(`${commits} commits of plays before the last sink, ${orphans} orphans swept`);
}
