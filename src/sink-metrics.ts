/** Metrics of a sink, for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { FlushSummary } from './lake/sink.ts';

/** A registry, and what fills it: called after each commit of the sink. */
export function sinkMetrics(clock: () => number): {
  registry: Registry;
  flushed(flush: FlushSummary): void;
} {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const read = new Counter({
    name: 'tonearm_sink_records_read_total',
    help: 'Records read from the log.',
    labelNames: ['topic'],
    registers,
  });
  const rows = new Counter({
    name: 'tonearm_sink_rows_total',
    help: 'Rows committed to a table of the lake.',
    labelNames: ['table'],
    registers,
  });
  const commits = new Counter({
    name: 'tonearm_sink_commits_total',
    help: 'Commits to a table of the lake.',
    labelNames: ['table'],
    registers,
  });
  const letters = new Counter({
    name: 'tonearm_sink_dead_letters_total',
    help: 'Records that broke their contract.',
    registers,
  });
  const seconds = new Histogram({
    name: 'tonearm_sink_flush_seconds',
    help: 'Time from full spools to the last commit of a flush.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60],
    registers,
  });
  const last = new Gauge({
    name: 'tonearm_sink_last_flush_timestamp_seconds',
    help: 'When something was last committed.',
    registers,
  });
  return {
    registry,
    flushed(flush) {
      for (const [topic, count] of Object.entries(flush.read)) read.inc({ topic }, count);
      for (const commit of flush.commits) {
        commits.inc({ table: commit.table });
        rows.inc({ table: commit.table }, commit.rows);
      }
      letters.inc(flush.deadLetters);
      seconds.observe(flush.durationMs / 1000);
      last.set(clock() / 1000);
    },
  };
}
