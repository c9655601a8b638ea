/**
 * What a process tells machines while it works: JSON lines with a run id, and OpenTelemetry spans when an
 * endpoint is set. Metrics are asked for at `/metrics`: `serving/metrics.ts`, `sink-metrics.ts`.
 */

import { context, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type DestinationStream, pino } from 'pino';
import type { Config } from './config.ts';
import type { FlushSummary } from './lake/sink.ts';
import type { RunRecord } from './run-records.ts';

/** Told of what has been done; never fails the work. */
export interface Telemetry {
  /** @param runId of the sink's process, or of the pipeline's run that moved the records. */
  flushed(runId: string, flush: FlushSummary): void;
  ran(record: RunRecord): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

const closeMs = 5000;

/**
 * Starts telemetry for a process.
 * @param part which process: `sink`, `run`, `up`.
 * @param options.destination where JSON lines go; stderr by default.
 */
export function startTelemetry(
  config: Pick<Config, 'logFormat' | 'logLevel' | 'traces'>,
  part: string,
  options: { destination?: DestinationStream; clock?: () => number } = {},
): Telemetry {
  const { clock = Date.now } = options;
  const logger = pino(
    {
      level: config.logFormat === 'json' ? config.logLevel : 'silent',
      base: { part },
      timestamp: () => `,"time":"${new Date(clock()).toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    options.destination ?? pino.destination(2),
  );
  const provider = config.traces === undefined ? undefined : tracerProvider(config.traces, part);
  const tracer = provider?.getTracer('tonearm');
  return {
    flushed(runId, flush) {
      for (const commit of flush.commits) {
        logger.info({ run_id: runId, ...commit, duration_ms: flush.durationMs }, 'stored');
      }
      if (tracer !== undefined) traceFlush(tracer, runId, flush, clock());
    },
    ran(record) {
      for (const step of record.steps) {
        const { name, ...rest } = step;
        logger[step.status === 'failed' ? 'error' : 'info'](
          { run_id: record.run_id, step: name, ...rest },
          'step',
        );
      }
      const { run_id, status, duration_ms, lake_versions, mart_version, error } = record;
      logger[status === 'failed' ? 'error' : 'info'](
        { run_id, status, duration_ms, lake_versions, mart_version, error },
        'run',
      );
      if (tracer !== undefined) traceRun(tracer, record);
    },
    async close() {
      if (provider === undefined) return;
      // A collector that is away must not keep a process from ending.
      const limit = new Promise((resolve) => setTimeout(resolve, closeMs).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), limit]);
    },
  };
}

function tracerProvider(endpoint: string, part: string): BasicTracerProvider {
  return new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'tonearm', 'tonearm.part': part }),
    spanProcessors: [
      new BatchSpanProcessor(
        new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }),
      ),
    ],
  });
}

function traceFlush(tracer: Tracer, runId: string, flush: FlushSummary, now: number): void {
  const span = tracer.startSpan('sink flush', {
    startTime: now - flush.durationMs,
    attributes: {
      'tonearm.run_id': runId,
      'tonearm.dead_letters': flush.deadLetters,
      ...Object.fromEntries(
        flush.commits.flatMap(({ table, version, rows }) => [
          [`tonearm.${table}.rows`, rows],
          ...(version === undefined ? [] : [[`tonearm.${table}.version`, version]]),
        ]),
      ),
    },
  });
  span.end(now);
}

/** A run and its steps, from its record: steps follow one another, so nothing has to be passed along. */
function traceRun(tracer: Tracer, record: RunRecord): void {
  const run = tracer.startSpan('pipeline run', {
    root: true,
    startTime: Date.parse(record.started_at),
    attributes: {
      'tonearm.run_id': record.run_id,
      'tonearm.status': record.status,
      ...(record.mart_version === undefined ? {} : { 'tonearm.mart_version': record.mart_version }),
    },
  });
  const inside = trace.setSpan(context.active(), run);
  for (const step of record.steps) {
    if (step.status === 'skipped' && step.duration_ms === 0) continue;
    const started = Date.parse(step.started_at);
    const attributes = { 'tonearm.run_id': record.run_id, 'tonearm.status': step.status };
    const span = tracer.startSpan(step.name, { startTime: started, attributes }, inside);
    if (step.status === 'failed') {
      span.setStatus({ code: SpanStatusCode.ERROR, message: step.message });
    }
    span.end(started + step.duration_ms);
  }
  if (record.status === 'failed') {
    run.setStatus({ code: SpanStatusCode.ERROR, message: record.error?.message });
  }
  run.end(Date.parse(record.finished_at));
}
