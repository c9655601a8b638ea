import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openDuckDb } from '../../src/duckdb.ts';
import { countedPeriods, wholePeriods } from '../../src/serving/counted-periods.ts';

test('whole months lie inside a range, and days before and after are left', () => {
  const months = (from: string, to: string) => Object.values(wholePeriods({ from, to }, 'month'));
  assert.deepEqual(months('2025-01-01', '2025-12-31'), ['2025-01-01', '2026-01-01']);
  assert.deepEqual(months('2025-01-02', '2025-03-30'), ['2025-02-01', '2025-03-01']);
  assert.deepEqual(months('2025-01-02', '2025-02-10'), ['2025-02-11', '2025-02-11']);
  assert.deepEqual(months('2025-02-28', '2025-02-28'), ['2025-03-01', '2025-03-01']);
});

test('weeks begin on Monday', () => {
  const weeks = (from: string, to: string) => Object.values(wholePeriods({ from, to }, 'week'));
  assert.deepEqual(weeks('2025-03-03', '2025-03-16'), ['2025-03-03', '2025-03-17']);
  assert.deepEqual(weeks('2025-03-04', '2025-03-16'), ['2025-03-10', '2025-03-17']);
  assert.deepEqual(weeks('2025-03-04', '2025-03-15'), ['2025-03-16', '2025-03-16']);
});

test('an open range is whole as far as it is open', () => {
  assert.deepEqual(wholePeriods({}, 'month'), { wholeFrom: '0001-01-01', wholeTo: '9999-12-31' });
  assert.deepEqual(wholePeriods({ from: '2025-01-15' }, 'month'), {
    wholeFrom: '2025-02-01',
    wholeTo: '9999-12-31',
  });
  assert.deepEqual(wholePeriods({ to: '2025-01-15' }, 'month'), {
    wholeFrom: '0001-01-01',
    wholeTo: '2025-01-01',
  });
});

test('the last day of the calendar is no bound of a whole period beyond it', () => {
  for (const unit of ['week', 'month'] as const) {
    const { wholeFrom, wholeTo } = wholePeriods({ from: '2025-01-01', to: '9999-12-31' }, unit);
    assert.ok(wholeFrom < wholeTo && wholeTo <= '9999-12-31');
    const late = wholePeriods({ from: '9999-12-30', to: '9999-12-31' }, unit);
    assert.deepEqual(late, { wholeFrom: '9999-12-31', wholeTo: '9999-12-31' });
  }
});

test('the three parts of a range are its days, each once', () => {
  const day = fc.integer({ min: 0, max: 1500 });
  const iso = (place: number) => new Date(Date.UTC(2023, 0, 1 + place)).toISOString().slice(0, 10);
  fc.assert(
    fc.property(day, day, fc.constantFrom('week', 'month'), (one, length, unit) => {
      const [from, to] = [iso(one), iso(one + length)];
      const { wholeFrom, wholeTo } = wholePeriods({ from, to }, unit as 'week' | 'month');
      assert.ok(from <= wholeFrom && wholeFrom <= wholeTo && wholeTo <= iso(one + length + 1));
      if (wholeFrom === wholeTo) return;
      const isStart = (text: string) =>
        unit === 'month' ? text.endsWith('-01') : new Date(text).getUTCDay() === 1;
      assert.ok(isStart(wholeFrom) && isStart(wholeTo));
    }),
  );
});

test('weeks and months with the days around them have the sums of the days', async () => {
  const { connection, close } = await openDuckDb();
  try {
    await connection.run(`create schema gold;
      create table gold.artist_days as
        select (date '2025-01-01' + place::integer) as day, 'artist ' || place % 7 as item, place as plays, place % 5 as listeners
        from range(400) as places (place);
      create table gold.artist_weeks as select date_trunc('week', day)::date as day, item,
        sum(plays)::bigint as plays, max(listeners) as listeners from gold.artist_days group by all;
      create table gold.artist_months as select date_trunc('month', day)::date as day, item,
        sum(plays)::bigint as plays, max(listeners) as listeners from gold.artist_days group by all`);
    const sums = async (from: string, parameters: Record<string, string>) => {
      const read = await connection.runAndReadAll(
        `select item, sum(plays)::bigint, max(listeners) from (${from}) group by item order by item`,
        parameters,
      );
      return read.getRowsJson();
    };
    for (const [from, to] of [
      ['2025-01-01', '2025-12-31'],
      ['2025-01-17', '2025-04-02'],
      ['2025-02-03', '2025-02-09'],
      ['2025-05-20', '2025-05-20'],
    ] as const) {
      const ofDays = await sums(
        'select * from gold.artist_days where day between $from::date and $to::date',
        { from, to },
      );
      for (const unit of ['week', 'month'] as const) {
        const parameters = { from, to, ...wholePeriods({ from, to }, unit) };
        assert.deepEqual(await sums(countedPeriods('artist', unit), parameters), ofDays);
      }
    }
  } finally {
    close();
  }
});
