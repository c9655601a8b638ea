import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topics } from '../../../contracts/index.ts';
import { TonearmError } from '../../../src/errors.ts';
import { broken } from '../../../src/sources/simulator/broken-events.ts';
import {
  defaultFrom,
  type Faults,
  type SimulationOptions,
  simulateHistory,
} from '../../../src/sources/simulator/index.ts';
import { Random } from '../../../src/sources/simulator/random.ts';
import { collect, type Received } from './collected-records.ts';

const hourMs = 3_600_000;
const options: SimulationOptions = { seed: 5, users: 40, tracks: 800, events: 4000 };

async function simulate(faults: Faults) {
  const { records, output } = collect();
  const result = await simulateHistory({ ...options, faults }, output);
  return { records, result };
}

function isWellFormed(record: Received): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(record.bytes);
    return topics[record.topic].schema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

function near(count: number, share: number): void {
  assert.ok(Math.abs(count / 4000 - share) < 0.015, `${count} of 4000 for a share of ${share}`);
}

test('broken events come on top of the well-formed ones that were asked for, each truly broken', async () => {
  const { records, result } = await simulate({ malformed: 0.1 });
  const wellFormed = records.filter(isWellFormed).length;
  assert.equal(wellFormed, 4000);
  assert.equal(records.length - wellFormed, result.faults.malformed);
  near(result.faults.malformed, 0.11);
});

test('an event of any topic is broken by any of the ways', async () => {
  const { records } = await simulate({});
  const random = new Random(1, 'test');
  for (const topic of ['starts', 'plays', 'skips', 'likes'] as const) {
    const record = records.find((one) => one.topic === topic)!;
    const values = new Set<string>();
    for (let attempt = 0; attempt < 400; attempt += 1) {
      const bytes = broken(record.bytes, random);
      assert.ok(!isWellFormed({ ...record, bytes }), Buffer.from(bytes).toString());
      values.add(Buffer.from(bytes).toString('latin1'));
    }
    assert.ok(values.size >= 10);
  }
});

test('duplicates are the same bytes again, later, and come on top', async () => {
  const { records, result } = await simulate({ duplicates: 0.05 });
  near(result.faults.duplicates, 0.05);
  assert.equal(records.length, 4000 + result.faults.duplicates);
  assert.equal(new Set(records.map((record) => record.text)).size, 4000);
});

test('faults change nothing but the events that they befall', async () => {
  const [plain, late] = await Promise.all([simulate({}), simulate({ late: 0.05 })]);
  near(late.result.faults.late, 0.05);
  const sorted = (records: Received[]) => records.map((record) => record.text).sort();
  assert.deepEqual(sorted(late.records), sorted(plain.records));
  const receipt = new Map(plain.records.map((record) => [record.text, record.at]));
  const delays = late.records
    .map((record) => record.at - receipt.get(record.text)!)
    .filter((delay) => delay !== 0);
  assert.equal(delays.length, late.result.faults.late);
  assert.ok(delays.every((delay) => delay >= hourMs && delay <= 48 * hourMs));
});

test('an event out of order is overtaken by the next one of its topic, receipts still rise', async () => {
  const [plain, swapped] = await Promise.all([simulate({}), simulate({ outOfOrder: 0.05 })]);
  near(swapped.result.faults.out_of_order, 0.05);
  const plays = (records: Received[]) =>
    records.filter((record) => record.topic === 'plays').map((record) => record.text);
  assert.notDeepEqual(plays(swapped.records), plays(plain.records));
  assert.deepEqual(plays(swapped.records).sort(), plays(plain.records).sort());
  assert.ok(swapped.records.every((one, at, all) => at === 0 || one.at >= all[at - 1]!.at));
});

test('nothing is received in the hour that is dropped, and as many events come all the same', async () => {
  const dropHour = defaultFrom + 20 * hourMs + 1234;
  const { records } = await simulate({ dropHour, duplicates: 0.1, late: 0.1 });
  const hour = Math.floor(dropHour / hourMs);
  assert.ok(records.some((record) => Math.floor(record.at / hourMs) > hour));
  assert.ok(records.every((record) => Math.floor(record.at / hourMs) !== hour));
  assert.equal(new Set(records.map((record) => record.text)).size, 4000);
});

test('shares above 1 are refused', async () => {
  await assert.rejects(
    simulate({ late: 0.6, duplicates: 0.6 }),
    (error) => error instanceof TonearmError && error.code === 'TNA_USAGE',
  );
});
