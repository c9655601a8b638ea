import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefreshSchedule } from '../../src/commands/refresh-schedule.ts';

const minute = 60_000;

/** The plans of refreshes that all publish, for each moment (minutes) and rows of the lake. */
function plans(...moments: [minutes: number, rows: number][]): string[] {
  const schedule = new RefreshSchedule();
  return moments.map(([minutes, rows]) => {
    const plan = schedule.plan(minutes * minute, rows);
    schedule.succeeded(plan, minutes * minute, rows);
    return `${plan.quick ? 'quick' : 'complete'}${plan.recommend ? ', recommend' : ''}`;
  });
}

test('a lake that is filled after the first refresh is built completely again, and not after 15 minutes', () => {
  assert.deepEqual(plans([0, 100], [0.2, 9000], [0.4, 13_000], [0.6, 13_100]), [
    'complete',
    'complete',
    'quick, recommend',
    'quick',
  ]);
});

test('a lake that grows slowly is built completely each quarter hour, with its recommendations', () => {
  assert.deepEqual(plans([0, 1000], [0.2, 1010], [14.9, 1400], [15, 1410], [15.2, 1420]), [
    'complete',
    'quick, recommend',
    'quick',
    'complete, recommend',
    'quick',
  ]);
});

test('an import that makes the lake another one is in the models that can wait at once', () => {
  assert.deepEqual(plans([0, 1000], [0.2, 1000], [3, 90_000], [3.2, 90_100]), [
    'complete',
    'quick, recommend',
    'complete',
    'quick, recommend',
  ]);
});

test('a refresh that failed is planned again as it was', () => {
  const schedule = new RefreshSchedule();
  assert.deepEqual(schedule.plan(0, 10), { quick: false, recommend: false });
  assert.deepEqual(schedule.plan(minute, 10), { quick: false, recommend: false });
});
