import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  listeningSteps,
  startOf,
  startsBetween,
} from '../../../../dashboards/web/src/trends/listening-steps.ts';

const listened = (day: string, plays: number) => ({
  day,
  ms_played: plays * 1000,
  plays,
  streams: plays,
  skips: 0,
});

test('days without music are there with zeros, so that no line is drawn across them', () => {
  const { unit, steps } = listeningSteps(
    [listened('2026-02-27', 2), listened('2026-03-02', 3)],
    '2026-02-27',
    '2026-03-02',
  );
  assert.equal(unit, 'day');
  assert.deepEqual(
    steps.map(({ start, plays }) => [start, plays]),
    [
      ['2026-02-27', 2],
      ['2026-02-28', 0],
      ['2026-03-01', 0],
      ['2026-03-02', 3],
    ],
  );
});

test('two years are told by weeks from Monday, ten by months', () => {
  assert.equal(startOf('2026-03-01', 'week'), '2026-02-23');
  const weeks = listeningSteps([listened('2025-01-05', 1)], '2024-12-31', '2026-12-31');
  assert.equal(weeks.unit, 'week');
  assert.deepEqual(weeks.steps[0], {
    start: '2024-12-30',
    ms_played: 1000,
    plays: 1,
    streams: 1,
    skips: 0,
  });
  const months = listeningSteps([], '2016-02-29', '2026-02-28');
  assert.equal(months.unit, 'month');
  assert.deepEqual(
    [months.steps.length, months.steps[0]?.start, months.steps.at(-1)?.start],
    [121, '2016-02-01', '2026-02-01'],
  );
});

test('whatever the range, every play within it is in one step and the steps follow one another', () => {
  const day = fc
    .integer({ min: 0, max: 5000 })
    .map((number) => new Date(number * 86_400_000).toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, day, fc.array(day, { maxLength: 30 }), (one, other, days) => {
      const [from, to] = [one, other].sort() as [string, string];
      const inside = days.filter((at) => at >= from && at <= to);
      const { unit, steps } = listeningSteps(
        inside.map((at) => listened(at, 1)),
        from,
        to,
      );
      assert.equal(
        steps.reduce((sum, { plays }) => sum + plays, 0),
        inside.length,
      );
      assert.deepEqual(
        steps.map(({ start }) => start),
        startsBetween(from, to, unit),
      );
      assert.ok(steps.every(({ start }) => startOf(start, unit) === start));
    }),
  );
});
