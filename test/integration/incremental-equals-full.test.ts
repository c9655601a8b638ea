import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import type { DbtRunner } from '../../src/warehouse/index.ts';
import { startDbtRunner } from '../../src/warehouse/index.ts';
import { drain, event, openParts, temporaryConfig } from '../lake/lake-fixture.ts';
import { assertSameRows, rowsOfWarehouse } from './rows-of-warehouse.ts';

const hourMs = 3_600_000;
const begin = Date.UTC(2024, 1, 28, 20);

/** One event as it was sent: copies share everything but the moment of receipt. */
interface Sent {
  readonly topic: 'plays' | 'skips' | 'likes';
  readonly number: number;
  /** Hours after the beginning at which it happened: 70 days, over a leap day and months. */
  readonly hour: number;
  /** Hours until the log received it; copies come with another. */
  readonly delay: number;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  topic: fc.constantFrom('plays', 'plays', 'plays', 'skips', 'likes'),
  number: fc.nat(120),
  hour: fc.nat(70 * 24),
  delay: fc.constantFrom(0, 0, 0, 0, 3, 30, 800),
});

const batches = fc.array(fc.array(sent, { minLength: 20, maxLength: 60 }), {
  minLength: 4,
  maxLength: 4,
});

/** The content hangs on the number and topic only, so that every copy of an event is the same. */
function content({ topic, number }: Sent, hours: ReadonlyMap<string, number>) {
  const hour = hours.get(`${topic}-${number}`)!;
  const happened = begin + hour * hourMs + ((number * 7919) % 3600) * 1000;
  return event(topic, number, {
    timestamp: new Date(happened).toISOString(),
    country: [undefined, 'DE', 'FR'][number % 3],
    album: number % 4 === 0 ? undefined : `Album ${number % 2}`,
    genre: number % 5 === 0 ? undefined : 'rock',
    track_duration: number % 4 === 0 ? undefined : 200_000,
    private: number % 6 === 0,
    ...(topic === 'plays' ? { duration: (number * 1777) % 90_000, skipped: number % 3 === 0 } : {}),
    ...(number % 16 === 5 ? { timestamp: '1970-01-01T00:00:00.000Z' } : {}),
    ...(number % 16 === 6 ? { timestamp: '2090-01-01T00:00:00.000Z' } : {}),
  });
}

test('late, repeated and out-of-order batches end with the rows of one full rebuild, in every table', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const config = await temporaryConfig(t);
  const { log, lake } = await openParts(t, config);
  const runner: DbtRunner = await startDbtRunner(config);
  t.after(() => runner.close());
  const seed = 20240229;
  const steps = fc.sample(batches, { numRuns: 1, seed })[0]!;
  const hours = new Map<string, number>();
  for (const one of steps.flat()) {
    const key = `${one.topic}-${one.number}`;
    if (!hours.has(key)) hours.set(key, one.hour);
  }
  const build = async (fullRefresh: boolean) => {
    await lake.refresh();
    const built = await runner.build({ fullRefresh, files: lake.files(), runId: 'test' });
    assert.equal(built.error, undefined);
    assert.deepEqual(built.tests.failures, [], `seed ${seed}`);
  };
  for (const step of steps) {
    const producer = await log.producer();
    for (const one of step) {
      const value = content(one, hours);
      const received = begin + (hours.get(`${one.topic}-${one.number}`)! + one.delay) * hourMs;
      await producer.send(one.topic, {
        key: value.user_id,
        value: JSON.stringify(value),
        timestamp: received,
      });
    }
    await producer.flush();
    await drain(config, log, lake);
    await build(false);
  }
  const stepwise = await rowsOfWarehouse(config.warehouse.path);
  await build(true);
  const full = await rowsOfWarehouse(config.warehouse.path);
  assert.ok(Object.keys(full).length >= 21, Object.keys(full).join(', '));
  for (const [table, rows] of Object.entries(full)) {
    await t.test(table, () => {
      if (table !== 'silver.likes') assert.ok(rows.length > 0, 'it has rows to compare');
      assertSameRows({ [table]: stepwise[table]! }, { [table]: rows });
    });
  }
});
