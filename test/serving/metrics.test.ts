import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../src/config.ts';
import { openLake } from '../../src/lake/index.ts';
import { drain, event } from '../lake/lake-fixture.ts';
import { publishMarts } from './marts-fixture.ts';
import { failedRun, writeRuns } from './run-fixture.ts';
import { now, startFixture } from './server-fixture.ts';

test('metrics say what the pipeline is doing, and how long answers take', async (t) => {
  let appending = true;
  // Records come into the log five seconds before the server looks.
  const clock = () => (appending ? now - 5000 : now);
  const prepare = async ({ martsDirectory, runsDirectory }: Config) => {
    await publishMarts(martsDirectory, 'v1', new Date(now - 60_000).toISOString(), [
      { user: 'ana', day: '2026-03-01', plays: 1 },
    ]);
    await writeRuns(runsDirectory, failedRun);
  };
  const fixture = await startFixture(prepare, { clock });
  t.after(() => fixture.close());
  const { config, log, get } = fixture;
  const producer = await log.producer();
  for (let number = 0; number < 3; number += 1) {
    const value = JSON.stringify(event('plays', number, number === 2 ? { device: 'fridge' } : {}));
    await producer.send('plays', { key: 'u', value });
  }
  await producer.flush();
  appending = false;
  const sample = async (name: string) => {
    const { text, status, headers } = await get('/metrics');
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /text\/plain; version=0\.0\.4/);
    return text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1];
  };
  assert.equal(await sample('tonearm_records_waiting'), '3');
  assert.equal(await sample('tonearm_stage_lag_seconds{stage="sink"}'), '5');
  await drain(config, log, await openLake(config, () => now), () => now);
  assert.equal(await sample('tonearm_records_waiting'), '0');
  assert.equal(await sample('tonearm_log_records_total{topic="plays"}'), '3');
  assert.equal(await sample('tonearm_log_records_total{topic="plays"}'), '3');
  assert.equal(await sample('tonearm_lake_rows{table="plays"}'), '2');
  assert.equal(await sample('tonearm_dead_letters{code="TNA_CONTRACT_INVALID_VALUE"}'), '1');
  assert.equal(await sample('tonearm_marts_age_seconds'), '60');
  assert.equal(await sample('tonearm_run_failed'), '1');
  assert.equal(await sample('tonearm_run_seconds'), '4');
  assert.equal(await sample('tonearm_live_clients'), '0');
  assert.equal(await sample('tonearm_alerts_firing{severity="critical"}'), '0');
  const seen = 'tonearm_http_request_seconds_count{method="GET",route="/metrics",status="200"}';
  assert.ok(Number(await sample(seen)) >= 3);
});
