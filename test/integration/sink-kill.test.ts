import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  const { produced } = await simulateHistory(made, producerOutput(producer));
  const environment = { ...process.env, ...settings, TONEARM_DATA: config.dataDirectory };

  let finished = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const child = spawn(process.execPath, [cli, 'sink'], { env: environment, stdio: 'ignore' });
    const exited = once(child, 'exit');
    // Node takes about 200 ms to start; the moments then spread over the sink's work.
    await Promise.race([delay(150 + ((kill * 37) % 400)), exited]);
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

  let orphans = 0;
  for (const table of Object.values(lake.tables)) orphans += (await vacuumTable(table, -1)).files;
  t.diagnostic(`${lake.tables.plays.log.state.version} commits of plays, ${orphans} orphans swept`);
});
