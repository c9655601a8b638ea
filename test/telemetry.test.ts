import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Sink } from '../src/lake/sink.ts';
import { sinkGroup } from '../src/lake/sink-group.ts';
import { serveMetrics } from '../src/metrics-server.ts';
import type { RunRecord } from '../src/run-records.ts';
import { sinkMetrics } from '../src/sink-metrics.ts';
import { startTelemetry } from '../src/telemetry.ts';
import { event, openParts, temporaryConfig } from './lake/lake-fixture.ts';
import { failedRun } from './serving/run-fixture.ts';

const run: RunRecord = {
  ...failedRun,
  status: 'success',
  error: undefined,
  mart_version: 'v2',
  lake_versions: { plays: 1 },
  steps: [
    { name: 'publish', status: 'success', started_at: failedRun.started_at, duration_ms: 20 },
  ],
} as RunRecord;

test('an event can be followed from the sink to the marts by the lines that are logged', async (t) => {
  const config = await temporaryConfig(t, { TONEARM_LOG_FORMAT: 'json' });
  const { log, lake } = await openParts(t, config);
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const telemetry = startTelemetry(config, 'sink', { destination });
  const metrics = sinkMetrics(Date.now);
  const producer = await log.producer();
  await producer.send('plays', { key: 'u', value: JSON.stringify(event('plays', 1)) });
  await producer.send('plays', { key: 'u', value: 'broken' });
  await producer.flush();
  await new Sink({
    config,
    log,
    lake,
    clock: Date.now,
    group: sinkGroup(lake.store),
    untilIdle: true,
    onCommit(flush) {
      telemetry.flushed('run-1', flush);
      metrics.flushed(flush);
    },
  }).run();
  telemetry.ran(run);
  await telemetry.close();
  const [stored, step, ran] = lines;
  const offsets = Object.values(stored!.offsets as Record<string, number[]>);
  assert.deepEqual(
    [stored!.msg, stored!.run_id, stored!.table, stored!.rows, offsets],
    ['stored', 'run-1', 'plays', 1, [[0, 2]]],
  );
  assert.deepEqual([step!.msg, step!.step, step!.run_id], ['step', 'publish', run.run_id]);
  assert.deepEqual(ran!.lake_versions, { plays: stored!.version });
  assert.equal(ran!.mart_version, 'v2');
  const server = await serveMetrics(metrics.registry, '127.0.0.1', 0);
  t.after(() => server.close());
  const page = await (await fetch(server.url)).text();
  assert.match(page, /tonearm_sink_rows_total\{table="plays"\} 1/);
  assert.match(page, /tonearm_sink_dead_letters_total 1/);
  assert.match(page, /tonearm_sink_flush_seconds_count 1/);
  assert.equal((await fetch(server.url.replace('/metrics', '/'))).status, 404);
});

interface Spans {
  resourceSpans: {
    scopeSpans: {
      spans: { name: string; traceId: string; parentSpanId?: string; attributes: object[] }[];
    }[];
  }[];
}

test('runs and their steps become one trace at the collector; without one nothing hangs', async (t) => {
  const bodies: Spans[] = [];
  const collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      assert.equal(request.url, '/v1/traces');
      bodies.push(JSON.parse(body));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  t.after(() => collector.close());
  const { port } = collector.address() as AddressInfo;
  const config = await temporaryConfig(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`,
  });
  const telemetry = startTelemetry(config, 'run');
  telemetry.ran(run);
  await telemetry.close();
  const spans = bodies.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );
  const root = spans.find(({ name }) => name === 'pipeline run');
  const step = spans.find(({ name }) => name === 'publish');
  assert.equal(step?.traceId, root?.traceId);
  assert.ok(root !== undefined && !root.parentSpanId && step?.parentSpanId);
  assert.match(JSON.stringify(root.attributes), new RegExp(run.run_id));
});
