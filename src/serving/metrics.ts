/** Metrics of the server and of everything that it can see, for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AlertBook } from '../alerts/index.ts';
import type { LiveViewStatus } from '../live/index.ts';
import type { RunRecord } from '../run-records.ts';
import type { PipelineState } from './pipeline-state.ts';

/** What there is to tell at one moment. */
export interface MetricsFacts {
  readonly state: PipelineState;
  readonly lastRun: RunRecord | undefined;
  readonly book: AlertBook;
  readonly live: LiveViewStatus;
  readonly liveClients: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface ServerMetrics {
  /** The page for Prometheus, after taking the facts in. */
  page(facts: MetricsFacts): Promise<string>;
  readonly contentType: string;
  readonly registry: Registry;
  /** Notes an answer. */
  answered(labels: { method: string; route: string; status: number }, seconds: number): void;
}

const statuses = ['ok', 'warn', 'fail', 'idle'] as const;
const seconds = (text: string | null | undefined) =>
  text == null ? undefined : Date.parse(text) / 1000;

export function serverMetrics(version: string): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `tonearm_${name}`, help, labelNames, registers: [registry] });
  const total = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `tonearm_${name}_total`, help, labelNames, registers: [registry] });
  gauge('build_info', 'Version of Tonearm; always 1.', ['version']).set({ version }, 1);
  const status = gauge('stage_status', '1 for the status that a stage has.', ['stage', 'status']);
  const lag = gauge('stage_lag_seconds', 'How far a stage is behind the one before.', ['stage']);
  const waiting = gauge('records_waiting', 'Records in the log that the lake has not stored.');
  const received = total('log_records', 'Records that a topic has received.', ['topic']);
  const rows = gauge('lake_rows', 'Rows of a table.', ['table']);
  const files = gauge('lake_files', 'Live files of a table.', ['table']);
  const bytes = gauge('lake_bytes', 'Bytes of the live files of a table.', ['table']);
  const letters = gauge('dead_letters', 'Refused records by reason.', ['code']);
  const lastEvent = gauge(
    'last_event_timestamp_seconds',
    'When the log received its newest event.',
  );
  const lastCommit = gauge('last_commit_timestamp_seconds', 'When rows last reached the lake.');
  const published = gauge('marts_published_timestamp_seconds', 'When the marts were published.');
  const age = gauge('marts_age_seconds', 'Age of the marts that are shown.');
  const step = gauge('run_step_seconds', 'Duration of a step in the newest run.', ['step']);
  const run = gauge('run_seconds', 'Duration of the newest run.');
  const failed = gauge('run_failed', '1 when the newest run failed.');
  const finished = gauge('run_finished_timestamp_seconds', 'When the newest run ended.');
  const tests = gauge('tests', 'Tests of the newest run by result.', ['result']);
  const clients = gauge('live_clients', 'Browsers that follow the live view.');
  const counted = total('live_events', 'Events that the live view has counted since its start.');
  const alerts = gauge('alerts_firing', 'Alerts that fire.', ['severity']);
  const answers = new Histogram({
    name: 'tonearm_http_request_seconds',
    help: 'Time to answer a request.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });

  const set = (one: Gauge, value: number | undefined) => {
    if (value === undefined) one.remove();
    else one.set(value);
  };
  const setCounter = (counter: Counter, labels: Record<string, string>, value: number) => {
    counter.remove(labels);
    counter.inc(labels, value);
  };

  function take({ state, lastRun, book, live, liveClients, now }: MetricsFacts): void {
    for (const { name, status: held, lag_seconds: behind } of state.stages) {
      for (const one of statuses) status.set({ stage: name, status: one }, one === held ? 1 : 0);
      if (behind === undefined) lag.remove({ stage: name });
      else lag.set({ stage: name }, behind);
    }
    set(waiting, state.stages.find(({ name }) => name === 'sink')?.counts.waiting);
    for (const { topic, latest } of state.topics) setCounter(received, { topic }, latest);
    for (const table of state.tables) {
      rows.set({ table: table.table }, table.rows);
      files.set({ table: table.table }, table.files);
      bytes.set({ table: table.table }, table.bytes);
    }
    letters.reset();
    for (const { code, rows: count } of state.dead_letters.by_code) letters.inc({ code }, count);
    set(lastEvent, seconds(state.freshness.last_event_received_at));
    set(lastCommit, seconds(state.freshness.last_commit_at));
    const publishedAt = seconds(state.freshness.mart_published_at);
    set(published, publishedAt);
    set(age, publishedAt === undefined ? undefined : Math.max(0, now / 1000 - publishedAt));
    if (lastRun !== undefined) {
      for (const { name, duration_ms } of lastRun.steps)
        step.set({ step: name }, duration_ms / 1000);
      run.set(lastRun.duration_ms / 1000);
      failed.set(lastRun.status === 'failed' ? 1 : 0);
      set(finished, seconds(lastRun.finished_at));
      tests.set({ result: 'passed' }, lastRun.tests.passed);
      tests.set({ result: 'failed' }, lastRun.tests.failed);
      tests.set({ result: 'warned' }, lastRun.tests.warned);
    }
    clients.set(liveClients);
    setCounter(counted, {}, live.counted);
    for (const severity of ['warning', 'critical'] as const) {
      alerts.set({ severity }, book.firing.filter((one) => one.severity === severity).length);
    }
  }

  return {
    registry,
    contentType: registry.contentType,
    async page(facts) {
      take(facts);
      return await registry.metrics();
    },
    answered({ method, route, status: code }, time) {
      answers.observe({ method, route, status: String(code) }, time);
    },
  };
}
