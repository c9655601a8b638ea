import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import type { LakeFile } from '../../src/lake/lake-file.ts';
import {
  datasetsOf,
  openLineageSender,
  type RunEvent,
  StepLineage,
  sinkLineage,
} from '../../src/openlineage/index.ts';
import type { BuildResult } from '../../src/warehouse/index.ts';
import { breaches } from './official-schema.ts';

const now = Date.UTC(2026, 2, 10, 12);
const clock = () => now;

async function settings(t: TestContext, env: Record<string, string> = {}) {
  const data = await mkdtemp(join(tmpdir(), 'tonearm-openlineage-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  return parseConfig({ TONEARM_DATA: data, ...env }, data);
}

function collected() {
  const events: RunEvent[] = [];
  return {
    events,
    sender: { send: async (more: readonly RunEvent[]) => void events.push(...more) },
  };
}

const node = (id: string, kept_as: string) => ({
  ...{ id, dbt_id: `model.tonearm.${id}`, layer: id.split('.')[0] as 'gold', kept_as },
  ...{ description: `Rows of ${id}.`, grain: 'one row per event', slow: false, url: null },
  columns: [{ name: 'event_id', type: 'varchar', description: 'Identity.' }],
});

const model = (id: string, status: string, rows?: number) => ({
  ...{ id: `model.tonearm.${id}`, name: id, type: 'model' as const, status, seconds: 2 },
  ...{ message: status === 'error' ? 'Binder Error: no such column' : null },
  ...{ failures: null, sql: 'select 1', completedAt: '2026-03-10T11:59:30.000Z' },
  ...(rows === undefined ? {} : { rows }),
});

const build: BuildResult = {
  ...{ ok: false, models: [], results: [] },
  tests: { passed: 0, failed: 0, warned: 0, failures: [] },
  nodes: [
    model('silver.plays', 'success', 7),
    model('gold.daily_listening_stats', 'error'),
    model('gold.wrapped', 'skipped'),
  ],
  graph: {
    nodes: [
      { ...node('staging.received_plays', 'ephemeral') },
      ...['silver.plays', 'gold.daily_listening_stats', 'gold.wrapped'].map((id) =>
        node(id, 'incremental'),
      ),
    ],
    edges: [
      { from: 'lake.plays', to: 'staging.received_plays' },
      { from: 'staging.received_plays', to: 'silver.plays' },
      { from: 'silver.plays', to: 'gold.daily_listening_stats' },
      { from: 'silver.plays', to: 'gold.wrapped' },
    ],
    tests: [],
  },
};

const files = [{ table: 'plays', rows: 9, live: true, version: 4 }] as LakeFile[];

test('the official schema refuses an event that is wrong', () => {
  assert.notDeepEqual(breaches({ eventType: 'DONE' }), []);
});

test('a build tells each model with its columns, its rows, what it read, and why it failed', async (t) => {
  const config = await settings(t);
  const { events, sender } = collected();
  const lineage = new StepLineage({ config, sender, clock, runId: 'r1', files: () => files });
  const step = lineage.around('transform', async (): Promise<never> => {
    lineage.built(build);
    throw new Error('models/gold/daily_listening_stats.sql: Binder Error');
  });
  await assert.rejects(step(new AbortController().signal), /Binder Error/);

  assert.deepEqual(events.flatMap(breaches), []);
  assert.deepEqual(
    events.map(({ eventType, job }) => `${job.name} ${eventType}`),
    [
      'pipeline.transform START',
      'dbt.silver.plays START',
      'dbt.silver.plays COMPLETE',
      'dbt.gold.daily_listening_stats START',
      'dbt.gold.daily_listening_stats FAIL',
      'pipeline.transform FAIL',
    ],
  );
  const [, started, plays] = events as [RunEvent, RunEvent, RunEvent];
  assert.equal(started.eventTime, '2026-03-10T11:59:28.000Z');
  assert.equal(started.run.runId, plays.run.runId);
  // Through the ephemeral model to the table of the lake, at its version.
  assert.deepEqual(
    plays.inputs.map(({ name, facets }) => [name, facets?.version?.datasetVersion]),
    [[join(config.dataDirectory, 'lake', 'plays'), '4']],
  );
  const [output] = plays.outputs;
  assert.equal(output?.outputFacets?.outputStatistics?.rowCount, 7);
  assert.deepEqual(output?.facets?.schema?.fields, [{ name: 'event_id', type: 'varchar' }]);
  assert.match(String(events[4]?.run.facets.errorMessage?.message), /no such column/);
});

test('a step that had nothing to do tells nothing; one that failed tells why', async (t) => {
  const config = await settings(t);
  const { events, sender } = collected();
  const lineage = new StepLineage({ config, sender, clock, runId: 'r1', files: () => files });
  const { signal } = new AbortController();
  await lineage.around('compact', async () => ({ status: 'skipped' as const }))(signal);
  await lineage.around('validate', async () => ({ status: 'success' as const, stop: true }))(
    signal,
  );
  assert.equal(events.length, 0);
  await lineage.around('ingest', async () => ({
    ...{ status: 'success' as const, counts: { plays: 5, skips: 0 } },
  }))(signal);
  assert.deepEqual(events.flatMap(breaches), []);
  assert.deepEqual(
    events.at(-1)?.outputs.map(({ outputFacets }) => outputFacets?.outputStatistics?.rowCount),
    [5],
  );
});

test('a sink tells of its first commit and its end, with all that it stored', async (t) => {
  const config = await settings(t, { TONEARM_LOG: 'kafka://broker:9092' });
  const { events, sender } = collected();
  const datasets = datasetsOf(config);
  const lineage = sinkLineage({ sender, datasets, namespace: 'tonearm', clock });
  for (const rows of [3, 4]) {
    lineage.flushed({
      ...{
        read: { plays: rows },
        committed: { plays: rows },
        deadLetters: 0,
        erased: 0,
        durationMs: 5,
      },
      commits: [{ table: 'plays', version: rows, rows, offsets: [] }] as never,
    });
  }
  await lineage.close();
  assert.deepEqual(events.flatMap(breaches), []);
  assert.deepEqual(
    events.map(({ eventType, outputs }) => [
      eventType,
      outputs[0]?.outputFacets?.outputStatistics?.rowCount,
    ]),
    [
      ['START', 3],
      ['COMPLETE', 7],
    ],
  );
  assert.deepEqual(events[0]?.inputs[0], { namespace: 'kafka://broker:9092', name: 'plays' });
});

test('a collector gets each event; what it does not take is kept in files, said once', async (t) => {
  const received: { url: string; key: string | undefined; event: unknown }[] = [];
  let isAway = false;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      if (!isAway) {
        const { url = '', headers } = request;
        received.push({ url, key: headers.authorization, event: JSON.parse(body) });
      }
      response.writeHead(isAway ? 503 : 201).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const config = await settings(t, {
    ...{ TONEARM_LINEAGE: `http://127.0.0.1:${port}`, TONEARM_LINEAGE_KEY: 'secret' },
  });
  const sentences: string[] = [];
  const sender = openLineageSender(config, { clock, onProblem: (one) => sentences.push(one) })!;
  const lineage = new StepLineage({ config, sender, clock, runId: 'r1', files: () => files });
  const ingest = lineage.around('ingest', async () => ({
    ...{ status: 'success' as const, counts: { plays: 5 } },
  }));
  await ingest(new AbortController().signal);
  assert.equal(received.length, 2);
  assert.equal(received[0]?.url, '/api/v1/lineage');
  assert.equal(received[0]?.key, 'Bearer secret');
  assert.deepEqual(
    received.flatMap(({ event }) => breaches(event)),
    [],
  );

  isAway = true;
  await ingest(new AbortController().signal);
  assert.equal(received.length, 2);
  const [name] = await readdir(config.openLineage.directory);
  const kept = await readFile(join(config.openLineage.directory, name!), 'utf8');
  assert.equal(kept.trim().split('\n').length, 2);
  assert.equal(sentences.length, 1);
  assert.match(sentences[0]!, /does not take lineage \(HTTP 503\)/);
  assert.doesNotMatch(sentences[0]!, /secret/);
});
