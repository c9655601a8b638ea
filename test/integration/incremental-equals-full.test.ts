import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { openDuckDb } from '../../src/duckdb.ts';
import type { DbtRunner } from '../../src/warehouse/index.ts';
import { startDbtRunner } from '../../src/warehouse/index.ts';
import { dbtTarget } from '../../src/warehouse/profiles.ts';
import { drain, event, openParts, temporaryConfig } from '../lake/lake-fixture.ts';
import { changedProject } from './changed-project.ts';
import { assertSameRows, rowsOfWarehouse } from './rows-of-warehouse.ts';

const hourMs = 3_600_000;
const begin = Date.UTC(2024, 1, 28, 20);
const firstOfEvening = 300;

/** One event as it was sent: copies share everything but the moment of receipt. */
interface Sent {
  readonly topic: 'plays' | 'skips' | 'likes';
  readonly number: number;
  /** Hours after the beginning at which it happened: 70 days, over a leap day and months. */
  readonly hour: number;
  /** Hours until the log received it; copies come with another. */
  readonly delay: number;
  /** It says something else than its other copies, and was received before them: it takes their place. */
  readonly altered: boolean;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  topic: fc.constantFrom('plays', 'plays', 'plays', 'skips', 'likes'),
  number: fc.nat(120),
  hour: fc.nat(70 * 24),
  delay: fc.constantFrom(0, 0, 0, 0, 3, 30, 800),
  altered: fc.constant(false),
});

/** Plays of one evening and the night after it, minutes apart: sessions grow and join as they come. */
const evening: fc.Arbitrary<Sent> = fc.record({
  topic: fc.constant('plays' as const),
  number: fc.integer({ min: firstOfEvening, max: firstOfEvening + 119 }),
  hour: fc.constant(0),
  delay: fc.constantFrom(0, 0, 0, 30),
  altered: fc.constant(false),
});

const batch = fc
  .tuple(
    fc.array(sent, { minLength: 20, maxLength: 50 }),
    fc.array(evening, { minLength: 20, maxLength: 30 }),
  )
  .map((parts) => parts.flat());

/** Rows are added in all builds but one, which has to count again: of some events it brings other copies. */
const batches = fc
  .tuple(batch, batch, batch, batch, batch)
  .map((steps) =>
    steps.map((step, place) =>
      place === 2 ? step.map((one, at) => (at % 3 === 0 ? { ...one, altered: true } : one)) : step,
    ),
  );

/** Models that can wait are left out of these builds: they catch up with several at once. */
const quickBuilds = [1, 2, 4];

/** The content hangs on the number and topic, so that copies of an event are the same but for altered ones. */
function content(one: Sent, hours: ReadonlyMap<string, number>) {
  const { topic, number, altered } = one;
  const happened = momentOf(one, hours);
  const duration = number % 40 === 0 ? 2_700_000 : (number * 1777) % 90_000;
  return event(topic, number, {
    timestamp: new Date(happened).toISOString(),
    country: [undefined, 'DE', 'FR'][number % 3],
    artist: `${number % 4 < 2 ? 'Artist' : 'ARTIST'} ${number % 3}`,
    album: number % 4 === 0 ? undefined : `Album ${number % 2}`,
    genre: number % 5 === 0 ? undefined : 'rock',
    track_duration: number % 4 === 0 ? undefined : 200_000,
    private: number % 6 === 0,
    ...(topic === 'plays'
      ? {
          duration: altered ? duration + 45_000 : duration,
          skipped: (number % 3 === 0) !== altered,
        }
      : {}),
    ...(altered ? { album: 'Another' } : {}),
    ...(number % 16 === 5 ? { timestamp: '1970-01-01T00:00:00.000Z' } : {}),
    ...(number % 16 === 6 ? { timestamp: '2090-01-01T00:00:00.000Z' } : {}),
  });
}

/** Ms since 1970. Some of the evening begin in the same moment. */
function momentOf({ topic, number }: Sent, hours: ReadonlyMap<string, number>): number {
  if (number >= firstOfEvening) {
    return begin + 30 * 24 * hourMs + ((Math.floor(number / 2) * 2 * 37) % 600) * 60_000;
  }
  return begin + hours.get(`${topic}-${number}`)! * hourMs + ((number * 7919) % 3600) * 1000;
}

test('late, repeated and out-of-order batches end with the rows of one full rebuild, in every table', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  // The builds step by step are made in many batches, the full one at once.
  const project = await changedProject(config.dataDirectory, 'batch_rows', 25);
  let runner: DbtRunner = await startDbtRunner(config, { project });
  t.after(() => runner.close());
  const seed = 20240229;
  const steps = fc.sample(batches, { numRuns: 1, seed })[0]!;
  const hours = new Map<string, number>();
  for (const one of steps.flat()) {
    const key = `${one.topic}-${one.number}`;
    if (!hours.has(key)) hours.set(key, one.hour);
  }
  const build = async (options: { fullRefresh?: boolean; quick?: boolean }) => {
    await lake.refresh();
    const { fullRefresh = false, quick = false } = options;
    const built = await runner.build({ fullRefresh, quick, files: lake.files(), runId: 'test' });
    assert.equal(built.error, undefined);
    assert.deepEqual(built.tests.failures, [], `seed ${seed}`);
  };
  const statement = join(dbtTarget(config), 'run/tonearm/models/gold/daily_breakdown.sql');
  for (const [place, step] of steps.entries()) {
    const producer = await log.producer();
    for (const one of step) {
      const value = content(one, hours);
      const received = momentOf(one, hours) + (one.altered ? -1 : one.delay + 1) * hourMs;
      await producer.send(one.topic, {
        key: value.user_id,
        value: JSON.stringify(value),
        timestamp: received,
      });
    }
    await producer.flush();
    await drain(config, log, lake);
    await build({ quick: quickBuilds.includes(place) });
    if (place === 0) assert.match(await readFile(statement, 'utf8'), /\) as batch/);
  }
  await build({});
  const stepwise = await rowsOfWarehouse(config.warehouse.path);
  await runner.close();
  runner = await startDbtRunner(config);
  await build({ fullRefresh: true });
  const full = await rowsOfWarehouse(config.warehouse.path);
  assert.ok(Object.keys(full).length >= 21, Object.keys(full).join(', '));
  await t.test(
    'what is built at once lies by day, so that one day is read without the others',
    async () => {
      const { connection, close } = await openDuckDb();
      await connection.run(`attach '${config.warehouse.path}' as warehouse (read_only)`);
      // Of sessions each batch by itself; in no order half of the rows would go back.
      for (const [table, mostBack] of [
        ['plays', 0],
        ['sessions', 0.1],
      ] as const) {
        const reader = await connection.runAndReadAll(
          `select count(*)::int, count(*) filter (day < before)::int from (
           select day, lag(day) over (order by rowid) as before from warehouse.silver.${table})`,
        );
        const [[rows, back]] = reader.getRows() as [[number, number]];
        assert.ok(rows >= 100, `${rows} ${table}`);
        assert.ok(back <= rows * mostBack, `${back} of ${rows} ${table}`);
      }
      close();
    },
  );
  for (const [table, rows] of Object.entries(full)) {
    await t.test(table, () => {
      if (table !== 'silver.likes') assert.ok(rows.length > 0, 'it has rows to compare');
      assertSameRows({ [table]: stepwise[table]! }, { [table]: rows });
    });
  }
});
