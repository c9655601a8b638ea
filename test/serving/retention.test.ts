import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { literal, openDuckDb } from '../../src/duckdb.ts';
import { publishMarts } from './marts-fixture.ts';
import { startFixture } from './server-fixture.ts';

interface Row {
  cohort_month: string;
  months_since: number;
  cohort_listeners: number;
  listeners: number;
  retention: number;
}

/** Each row: cohort's month, its listeners, month, who of them were back. Months without a row had no play of anybody. */
async function answersOf(
  t: TestContext,
  rows: readonly (readonly [string, number, string, number])[],
) {
  const fixture = await startFixture(async ({ martsDirectory }) => {
    await publishMarts(martsDirectory, 'v1', '2026-03-10T11:59:00.000Z', [
      { user: 'ana', day: '2026-03-01', plays: 5 },
    ]);
    const { connection, close } = await openDuckDb();
    const values = rows.map(
      ([cohort, size, month, back]) =>
        `(date '${cohort}-01', date '${month}-01', ${size}::bigint, ${back}::bigint)`,
    );
    await connection.run(
      `copy (select cohort_month, datediff('month', cohort_month, month)::integer as months_since, month,
         cohort_listeners, listeners, listeners / cohort_listeners as retention
       from (values ${values.join(',')}) as t(cohort_month, month, cohort_listeners, listeners))
       to ${literal(join(martsDirectory, 'v1/retention.parquet'))} (format parquet)`,
    );
    close();
  });
  t.after(() => fixture.close());
  return (await fixture.get('/api/trends/retention')).json as unknown as {
    unit: string;
    rows: Row[];
  };
}

test('who came back, by the month; a month in which nobody played is one in which nobody came back', async (t) => {
  assert.deepEqual(
    await answersOf(t, [
      ['2026-01', 4, '2026-01', 4],
      ['2026-01', 4, '2026-03', 1],
      ['2026-03', 2, '2026-03', 2],
    ]),
    {
      unit: 'month',
      rows: [
        ['2026-01', 0, 4, 4, 1],
        ['2026-01', 1, 4, 0, 0],
        ['2026-01', 2, 4, 1, 0.25],
        ['2026-03', 0, 2, 2, 1],
      ].map(([cohort_month, months_since, cohort_listeners, listeners, retention]) => ({
        cohort_month,
        months_since,
        cohort_listeners,
        listeners,
        retention,
      })),
    },
  );
});

test('of a history of years the oldest listeners are there too, by quarters or years, and each counts for as long as they are known', async (t) => {
  const three = await answersOf(t, [
    ['2023-02', 3, '2023-02', 3],
    ['2023-03', 1, '2023-03', 1],
    ['2023-02', 3, '2026-01', 2],
    ['2023-03', 1, '2026-01', 1],
    ['2026-01', 5, '2026-01', 5],
  ]);
  assert.equal(three.unit, 'quarter');
  const of = (month: string, since: number) =>
    three.rows.find((row) => row.cohort_month === month && row.months_since === since);
  assert.deepEqual(of('2023-01', 0), {
    cohort_month: '2023-01',
    months_since: 0,
    cohort_listeners: 4,
    listeners: 4,
    retention: 1,
  });
  assert.equal(of('2023-01', 34)?.retention, 1 / 4, 'those of March alone are back');
  assert.deepEqual(
    [of('2023-01', 35)?.cohort_listeners, of('2023-01', 35)?.listeners],
    [3, 2],
    'those of March are not that far',
  );

  const ten = await answersOf(
    t,
    Array.from({ length: 120 }, (_, month) => {
      const name = new Date(Date.UTC(2016, month)).toISOString().slice(0, 7);
      return [name, 1, name, 1] as const;
    }),
  );
  assert.equal(ten.unit, 'year');
  const began = ten.rows.filter((row) => row.months_since === 0);
  assert.deepEqual(
    began.map((row) => [row.cohort_month.slice(0, 4), row.cohort_listeners]),
    Array.from({ length: 10 }, (_, year) => [String(2016 + year), 12]),
  );
});
