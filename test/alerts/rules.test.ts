import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { judge, type PipelineFacts } from '../../src/alerts/rules.ts';
import { failedRun, runRecord } from '../serving/run-fixture.ts';

const hour = 3_600_000;
const now = Date.UTC(2026, 2, 10, 12, 30);
const limits = { freshnessMs: 2 * hour, lagMs: hour / 6, deadLetterShare: 0.01 };

/** Nothing wrong: a steady stream, everything shown. */
const calm = (changes: Partial<PipelineFacts> = {}): PipelineFacts => ({
  now,
  runs: [runRecord()],
  unpublishedSince: now - 60_000,
  waiting: 5,
  oldestWaitingAt: now - 4000,
  lastReceivedAt: now - 1000,
  received: { refused: 3, stored: 900, firstRefusedAt: now - 1000, worstCode: undefined },
  volume: hours(),
  ...changes,
});

function hours(states: Record<number, string> = {}) {
  return Array.from({ length: 30 }, (_, index) => {
    const state = states[index] ?? 'usual';
    const actual = state === 'low' ? 20 : state === 'high' ? 400 : 100;
    const time = Math.floor(now / hour) * hour - (30 - index) * hour;
    return { topic: 'plays', hour: time, actual, expected: 100, state };
  });
}

const keys = (changes: Partial<PipelineFacts>) =>
  judge(calm(changes), limits).map(({ key, severity }) => `${key} ${severity}`);

test('nothing is said while all is well', () => {
  assert.deepEqual(keys({}), []);
  assert.deepEqual(keys({ runs: [], volume: [], lastReceivedAt: undefined }), []);
});

test('failed runs are one alert since the first of them, with the step and the reason', () => {
  const earlier = { ...failedRun, run_id: 'earlier', started_at: '2026-03-10T10:00:00.000Z' };
  const [alert] = judge(calm({ runs: [failedRun, earlier, runRecord()] }), limits);
  assert.equal(alert?.key, 'run-failed');
  assert.equal(alert?.since, '2026-03-10T10:00:00.000Z');
  assert.match(alert!.detail, /2 runs in a row/);
  assert.ok(existsSync(`docs/runbooks/${alert!.runbook}.md`));
  assert.deepEqual(keys({ runs: [runRecord(), failedRun] }), []);
});

test('late marts, a lagging sink and silent sources are told with how bad they are', () => {
  assert.deepEqual(keys({ unpublishedSince: now - 3 * hour }), ['marts-late warning']);
  assert.deepEqual(keys({ unpublishedSince: now - 9 * hour }), ['marts-late critical']);
  assert.deepEqual(keys({ oldestWaitingAt: now - hour / 2 }), ['sink-lag warning']);
  assert.deepEqual(keys({ oldestWaitingAt: now - 2 * hour }), ['sink-lag critical']);
  assert.deepEqual(keys({ waiting: 0, oldestWaitingAt: undefined }), []);
  assert.deepEqual(keys({ lastReceivedAt: now - 3 * hour }), ['sources-silent critical']);
  // One import does not make a stream.
  assert.deepEqual(keys({ lastReceivedAt: now - 3 * hour, volume: hours().slice(0, 2) }), []);
});

test('refused records are told from a number and a share on', () => {
  const received = { refused: 20, stored: 900, firstRefusedAt: now - hour, worstCode: 'X' };
  assert.deepEqual(keys({ received }), ['dead-letters warning']);
  assert.deepEqual(keys({ received: { ...received, refused: 300 } }), ['dead-letters critical']);
  assert.deepEqual(keys({ received: { ...received, refused: 9, stored: 1 } }), []);
  assert.deepEqual(keys({ received: { ...received, stored: 90_000 } }), []);
});

test('unusual volume is told for three hours, since its first hour', () => {
  const [alert] = judge(calm({ volume: hours({ 27: 'low', 28: 'low' }) }), limits);
  assert.equal(alert?.key, 'volume-plays');
  assert.equal(alert?.severity, 'critical');
  assert.equal(alert?.since, new Date(hours()[27]!.hour).toISOString());
  assert.match(alert!.detail, /20 instead of about 100 \(20 %\)/);
  assert.deepEqual(keys({ volume: hours({ 29: 'high' }) }), ['volume-plays warning']);
  assert.deepEqual(keys({ volume: hours({ 26: 'low' }) }), []);
});
