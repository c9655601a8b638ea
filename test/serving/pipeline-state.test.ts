import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { judge } from '../../src/alerts/rules.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import { openLake } from '../../src/lake/index.ts';
import { type EventLog, openLog } from '../../src/log/index.ts';
import { collectFacts } from '../../src/pipeline-facts.ts';
import { collectPipelineState, lakeStateOf, type PipelineState } from '../../src/serving/index.ts';
import { type PipelineStateOptions, pipelineState } from '../../src/serving/pipeline-state.ts';
import { drain } from '../lake/lake-fixture.ts';
import { noon, playEvent, startEvent } from '../live/listening-events.ts';
import { failedRun, runRecord } from './run-fixture.ts';

describe('the state of the pipeline', () => {
  let directory: string;
  let config: Config;
  let log: EventLog;
  let now = noon;
  const clock = () => now;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tonearm-state-'));
    config = parseConfig({ TONEARM_DATA: directory }, directory);
    now = noon;
    log = await openLog(config.log, { clock });
  });
  afterEach(async () => {
    await log.close();
    await rm(directory, { recursive: true });
  });

  async function collect(options: Partial<PipelineStateOptions> = {}): Promise<PipelineState> {
    const lake = await openLake(config, clock);
    const state = await collectPipelineState({
      config,
      log,
      lakeState: lakeStateOf(lake),
      lastRun: undefined,
      published: undefined,
      now,
      ...options,
    });
    return pipelineState.strict().parse(state);
  }

  async function append(receivedAt = now): Promise<void> {
    const producer = await log.producer();
    const send = (topic: 'plays' | 'starts', value: unknown) =>
      producer.send(topic, { key: 'ana', value: JSON.stringify(value), timestamp: receivedAt });
    await send('starts', startEvent());
    await send('plays', playEvent());
    await send('plays', playEvent());
    await send('plays', { ...playEvent(), device: 'fridge' });
    await producer.close();
  }

  async function sink(): Promise<void> {
    const lake = await openLake(config, clock);
    await drain(config, log, lake, clock);
  }

  const stage = (state: PipelineState, name: string) =>
    state.stages.find((candidate) => candidate.name === name);

  test('all stages are idle before the first event', async () => {
    const state = await collect();
    assert.deepEqual(
      state.stages.map(({ name, status }) => [name, status]),
      ['sources', 'log', 'sink', 'lake', 'warehouse', 'marts', 'live'].map((name) => [
        name,
        'idle',
      ]),
    );
    assert.deepEqual(state.freshness, {
      last_event_received_at: null,
      last_commit_at: null,
      mart_published_at: null,
    });
  });

  test('records that the lake has not stored are counted, with the age of the oldest', async () => {
    await append();
    now += 20_000;
    const state = await collect();
    const waiting = stage(state, 'sink');
    // Three plays; the start beside them is not kept in the lake, so it does not wait for it.
    assert.equal(waiting?.counts.waiting, 3);
    assert.equal(waiting?.lag_seconds, 20);
    assert.equal(waiting?.status, 'ok');
    assert.deepEqual(
      state.topics.find(({ topic }) => topic === 'plays'),
      { topic: 'plays', partitions: 4, earliest: 0, latest: 3, records: 3 },
    );
  });

  test('history that was received long ago waits since it came into the log, for the page as for the alerts', async () => {
    await append(now - 30 * 86_400_000);
    now += 20_000;
    const sinkStage = stage(await collect(), 'sink');
    assert.equal(sinkStage?.lag_seconds, 20);
    assert.equal(sinkStage?.status, 'ok');
    const lake = await openLake(config, clock);
    const limits = { freshnessMs: 7_200_000, lagMs: 60_000, deadLetterShare: 1 };
    const alerts = async () =>
      judge(await collectFacts({ config, log, lake, now }), limits).map(({ key }) => key);
    assert.deepEqual(await alerts(), []);
    now += 60_000;
    assert.deepEqual(await alerts(), ['sink-lag']);
  });

  test('a sink that stands still is a warning, then a failure', async () => {
    await append();
    now += 61_000;
    assert.equal(stage(await collect(), 'sink')?.status, 'warn');
    now += 600_000;
    const state = stage(await collect(), 'sink');
    assert.equal(state?.status, 'fail');
    assert.match(state?.detail ?? '', /tonearm sink/);
  });

  test('the sink has caught up also when the newest records were all in order', async () => {
    await append();
    await sink();
    const producer = await log.producer();
    for (let number = 0; number < 5; number += 1) {
      const value = JSON.stringify(playEvent());
      await producer.send('plays', { key: 'ana', value, timestamp: now });
    }
    await producer.close();
    await sink();
    assert.equal(stage(await collect(), 'sink')?.headline, 'Caught up');
  });

  test('after the sink the lake has the rows, and dead letters are counted by code', async () => {
    await append();
    await sink();
    const state = await collect();
    assert.equal(stage(state, 'sink')?.headline, 'Caught up');
    const plays = state.tables.find(({ table }) => table === 'plays');
    assert.equal(plays?.rows, 2);
    assert.equal(plays?.last_commit_at, new Date(noon).toISOString());
    assert.deepEqual(state.dead_letters, {
      total: 1,
      by_code: [{ code: 'TNA_CONTRACT_INVALID_VALUE', field: 'device', rows: 1 }],
    });
  });

  test('marts that a failed run holds back are a warning', async () => {
    const published = {
      version: 'v1',
      publishedAt: new Date(noon - 60_000).toISOString(),
      directory,
    };
    await append();
    await sink();
    const good = await collect({ published, lastRun: runRecord() });
    assert.equal(stage(good, 'marts')?.status, 'ok');
    assert.equal(stage(good, 'marts')?.lag_seconds, 60);
    const bad = await collect({ published, lastRun: failedRun });
    assert.equal(stage(bad, 'marts')?.status, 'warn');
    assert.equal(stage(bad, 'warehouse')?.status, 'fail');
    assert.match(stage(bad, 'warehouse')?.detail ?? '', /unique_plays_event_id/);
  });

  test('a lake that cannot be read fails its stages and leaves the others', async () => {
    await append();
    const state = await collect({ lakeState: () => Promise.reject(new Error('no such bucket')) });
    assert.equal(stage(state, 'lake')?.status, 'fail');
    assert.equal(stage(state, 'lake')?.detail, 'no such bucket');
    assert.equal(stage(state, 'sink')?.status, 'fail');
    assert.equal(stage(state, 'log')?.status, 'ok');
  });

  test('a live view that cannot read the log is a failure', async () => {
    const live = {
      state: 'retrying' as const,
      lagMs: 0,
      behindRecords: 0,
      newestRecordAt: noon,
      counted: 5,
      invalid: 0,
      duplicates: 0,
      lastError: 'disk on fire',
    };
    assert.equal(stage(await collect({ live }), 'live')?.status, 'fail');
    assert.equal(stage(await collect({ live: { ...live, state: 'live' } }), 'live')?.status, 'ok');
  });
});
