import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { defaultPlan, parseConfig } from '../../src/config.ts';
import { planOf, reportCost } from '../../src/cost/index.ts';
import { costOf, millionADay, totalOf } from '../../src/cost/model.ts';
import { assumptions, listPrices } from '../../src/cost/prices.ts';
import { readBilled } from '../../src/cost/query-history.ts';
import { openDuckDb } from '../../src/duckdb.ts';
import { drain, event, openParts, temporaryConfig } from '../lake/lake-fixture.ts';

const plan = planOf(parseConfig({}, '/'), defaultPlan);

test('with the settings that nobody changed, a million events a day stay below $25 a month', async () => {
  const report = await reportCost({ basis: 'plan', plan });
  assert.ok(report.total < 25, `${report.total}`);
  assert.ok(report.total > 5, 'nothing is left out by mistake');
  assert.ok(report.total_after_advice <= report.total / 2);
  const s3 = parseConfig({ TONEARM_LAKE: 's3://bucket/lake', AWS_REGION: 'eu-west-1' }, '/');
  assert.deepEqual(planOf(s3, defaultPlan), plan);
  assert.equal(parseConfig({}, '/').flushMs, 5000);
});

test('each line is quantity times price: an hour of one table, by hand', () => {
  const usage = { ...millionADay, busyHours: 1, tables: 1, lakeBytes: 2e9 };
  const lines = costOf(
    usage,
    { ...plan, flushSeconds: 60, signSeconds: 20 },
    listPrices,
    assumptions,
  );
  const dollars = (what: RegExp) => lines.find((line) => what.test(line.what))!.dollars;
  // 30 hours of 60 flushes: a data file and a log entry each, and a checkpoint for every tenth.
  assert.ok(Math.abs(dollars(/data files/) - 1800 * 2.1 * (0.005 / 1000)) < 1e-9);
  assert.ok(Math.abs(dollars(/signs of life/) - 30 * 180 * 2 * (0.005 / 1000)) < 1e-9);
  assert.equal(dollars(/^storage$/), 2 * 0.023);
  // Six runs a day, three minutes awake each.
  assert.ok(Math.abs(dollars(/runs/) - 180 * (180 / 3600) * 2) < 1e-9);
  const always = costOf(usage, { ...plan, refreshSeconds: 15 }, listPrices, assumptions);
  assert.equal(always.find(({ unit }) => unit === 'credits')!.quantity, 720);
});

test('what is measured is what the lake holds of the last 30 days', async (t) => {
  const config = await temporaryConfig(t);
  const now = Date.UTC(2025, 10, 18, 12);
  const { log, lake } = await openParts(t, config, () => now);
  const producer = await log.producer();
  for (const [days, events] of [
    [40, 5],
    [10, 20],
    [9.5, 20],
  ] as const) {
    for (let number = 0; number < events; number += 1) {
      const timestamp = now - days * 86_400_000;
      await producer.send('plays', {
        key: 'u',
        value: JSON.stringify(event('plays', number)),
        timestamp,
      });
    }
  }
  await producer.flush();
  await drain(config, log, lake, () => now);
  const report = await reportCost({ basis: 'measured', plan, config, lake, now });
  assert.equal(report.days, 10);
  assert.equal(report.usage.eventsADay, 4);
  assert.equal(report.usage.busyHours, 0.2);
  assert.equal(report.usage.tables, 1);
  assert.ok(totalOf(report.lines) > 0);
});

/** The columns of the account usage views, in DuckDB. */
async function accountUsage(t: TestContext, rows: { metered: string; queried: string }) {
  const { connection, close } = await openDuckDb();
  t.after(close);
  await connection.run(`attach ':memory:' as snowflake; create schema snowflake.account_usage;
    create table snowflake.account_usage.warehouse_metering_history as from (values ${rows.metered})
      as rows(start_time, warehouse_name, credits_used);
    create table snowflake.account_usage.query_history as from (values ${rows.queried})
      as rows(start_time, warehouse_name, query_tag, total_elapsed_time);
    create table snowflake.account_usage.database_storage_usage_history as from (values
      (date '2026-03-01', 'TONEARM', 2e9, 1e9), (date '2026-02-28', 'TONEARM', 1.0, 1.0),
      (date '2026-03-01', 'OTHER', 9e9, 9e9))
      as rows(usage_date, database_name, average_database_bytes, average_failsafe_bytes)`);
  return async (sql: string, binds: readonly (string | number)[]) =>
    (await connection.runAndReadAll(sql, [...binds])).getRowObjectsJS();
}

const billedHours = {
  metered: `(timestamp '2026-03-01 10:00:00', 'TONEARM_WH', 0.5), (timestamp '2026-03-01 11:00:00', 'TONEARM_WH', 0.1),
    (timestamp '2026-03-01 10:00:00', 'OTHER', 9.0), (timestamp '2026-01-01 10:00:00', 'TONEARM_WH', 9.0)`,
  queried: `(timestamp '2026-03-01 10:05:00', 'TONEARM_WH', 'tonearm:run-1:transform', 30000),
    (timestamp '2026-03-01 10:06:00', 'TONEARM_WH', 'tonearm:run-1:publish', 10000),
    (timestamp '2026-03-01 10:07:00', 'TONEARM_WH', '', 5000),
    (timestamp '2026-03-01 10:07:00', 'TONEARM_WH', 'report:monthly:transform', 5000)`,
};
const inMarch = Date.UTC(2026, 2, 2, 10);

test("Snowflake's history is divided among the stages by how long their statements ran", async (t) => {
  const ask = await accountUsage(t, billedHours);
  const billed = await readBilled(ask, { warehouse: 'tonearm_wh', database: 'tonearm' }, inMarch);
  assert.deepEqual(
    Object.fromEntries(
      billed.stages.map(({ stage, credits }) => [stage, Number(credits.toFixed(3))]),
    ),
    { transform: 0.3, publish: 0.1, other: 0.1, idle: 0.1 },
  );
  assert.deepEqual(billed.stages[0], { ...billed.stages[0], queries: 1, seconds: 30 });
  assert.equal(billed.stages.find(({ stage }) => stage === 'other')?.queries, 2);
  assert.equal(billed.days, 1);
  assert.equal(billed.runs, 1);
  assert.equal(billed.databaseBytes, 3e9);
});

test('with a bill its credits are the cost, scaled to a month, and advice halves what builds took', async (t) => {
  const ask = await accountUsage(t, billedHours);
  const billed = await readBilled(ask, { warehouse: 'tonearm_wh', database: 'tonearm' }, inMarch);
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config, () => inMarch);
  const producer = await log.producer();
  await producer.send('plays', { key: 'u', value: JSON.stringify(event('plays', 1)) });
  await producer.flush();
  await drain(config, log, lake, () => inMarch);
  const report = await reportCost({ basis: 'measured', plan, config, lake, now: inMarch, billed });
  assert.equal(report.basis, 'billed');
  const credits = report.lines.filter(({ unit }) => unit === 'credits');
  assert.deepEqual(credits.map(({ stage, quantity }) => `${stage} ${quantity.toFixed(6)}`).sort(), [
    'idle 3.000000',
    'other 3.000000',
    'publish 3.000000',
    'transform 9.000000',
  ]);
  assert.equal(totalOf(credits), 36);
  assert.match(
    report.assumptions.join('\n'),
    /TONEARM_WH was billed for 0\.60 credits in 1\.0 days, here scaled to 30/i,
  );
  // One build a day, awake for 0.4 credits: 1,440 s. Half as many cost half of 12 credits less.
  assert.match(report.advice[0]!.change, /^Build gold every 48 h instead of 24 h/);
  assert.equal(Math.round(report.advice[0]!.saves), 12);
  assert.ok(report.total_after_advice < report.total);
});

test('a warehouse that was billed for nothing costs nothing there', async (t) => {
  const ask = await accountUsage(t, {
    metered: "(timestamp '2026-01-01 10:00:00', 'TONEARM_WH', 9.0)",
    queried: "(timestamp '2026-01-01 10:00:00', 'TONEARM_WH', '', 9)",
  });
  const billed = await readBilled(ask, { warehouse: 'TONEARM_WH', database: 'TONEARM' }, inMarch);
  const config = await temporaryConfig(t);
  const { lake } = await openParts(t, config, () => inMarch);
  const report = await reportCost({ basis: 'measured', plan, config, lake, now: inMarch, billed });
  assert.deepEqual(
    report.lines.filter(({ unit }) => unit === 'credits'),
    [],
  );
  assert.ok(Number.isFinite(report.total));
  assert.ok(Number.isFinite(report.total_after_advice));
});
