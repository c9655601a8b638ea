import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPlan, parseConfig } from '../../src/config.ts';
import { planOf, reportCost } from '../../src/cost/index.ts';
import { costOf, millionADay, totalOf } from '../../src/cost/model.ts';
import { assumptions, listPrices } from '../../src/cost/prices.ts';
import { billedByStage } from '../../src/cost/query-history.ts';
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

test("Snowflake's history is divided among the stages by how long their statements ran", async (t) => {
  const { connection, close } = await openDuckDb();
  t.after(close);
  // A stand-in with the columns of the account usage views.
  await connection.run(`attach ':memory:' as snowflake; create schema snowflake.account_usage;
    create table snowflake.account_usage.warehouse_metering_history as from (values
      (timestamp '2026-03-01 10:00:00', 'TONEARM', 0.5), (timestamp '2026-03-01 11:00:00', 'TONEARM', 0.1),
      (timestamp '2026-03-01 10:00:00', 'OTHER', 9.0), (timestamp '2026-01-01 10:00:00', 'TONEARM', 9.0))
      as rows(start_time, warehouse_name, credits_used);
    create table snowflake.account_usage.query_history as from (values
      (timestamp '2026-03-01 10:05:00', 'TONEARM', 'tonearm:run-1:transform', 30000),
      (timestamp '2026-03-01 10:06:00', 'TONEARM', 'tonearm:run-1:publish', 10000),
      (timestamp '2026-03-01 10:07:00', 'TONEARM', '', 10000))
      as rows(start_time, warehouse_name, query_tag, total_elapsed_time)`);
  const ask = async (sql: string, binds: readonly (string | number)[]) => {
    const numbered = sql.replaceAll(/(?<!:):(\d)/g, '$$$1');
    const reader = await connection.runAndReadAll(numbered, [...binds]);
    return reader.getRowObjectsJS();
  };
  const billed = await billedByStage(ask, 'tonearm', Date.UTC(2026, 1, 1));
  assert.deepEqual(
    Object.fromEntries(billed.map(({ stage, credits }) => [stage, Number(credits.toFixed(3))])),
    { transform: 0.3, publish: 0.1, other: 0.1, idle: 0.1 },
  );
  assert.equal(billed[0]?.queries, 1);
  assert.equal(billed[0]?.seconds, 30);
});
