import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventTopic, topics } from '../../../contracts/index.ts';
import {
  defaultFrom,
  type SimulationOptions,
  type SimulationOutput,
  simulateHistory,
  simulateLive,
} from '../../../src/sources/simulator/index.ts';

interface Received {
  topic: EventTopic;
  key: string;
  text: string;
  bytes: Uint8Array;
  at: number;
}

function collect(): { records: Received[]; output: SimulationOutput } {
  const records: Received[] = [];
  return {
    records,
    output: {
      write(topic, key, value, at) {
        records.push({
          topic,
          key,
          at,
          bytes: Uint8Array.from(value),
          text: Buffer.from(value).toString(),
        });
      },
      flush: async () => undefined,
    },
  };
}

const options: SimulationOptions = { seed: 5, users: 40, tracks: 800, events: 3000 };

async function simulate(changes: Partial<Parameters<typeof simulateHistory>[0]> = {}) {
  const { records, output } = collect();
  const result = await simulateHistory({ ...options, ...changes }, output);
  return { records, result };
}

test('the same seed makes the same bytes, another seed makes others', async () => {
  const [first, second, other] = await Promise.all([simulate(), simulate(), simulate({ seed: 6 })]);
  const text = (run: typeof first) => run.records.map((record) => record.text).join('\n');
  assert.equal(text(first), text(second));
  assert.notEqual(text(first), text(other));
});

test('exactly as many events as were asked for, each keeps its contract, in order of receipt', async () => {
  const { records, result } = await simulate();
  assert.equal(records.length, 3000);
  assert.equal(
    Object.values(result.produced).reduce((sum, count) => sum + count, 0),
    3000,
  );
  let last = defaultFrom;
  for (const record of records) {
    const event = JSON.parse(record.text);
    const checked = topics[record.topic].schema.safeParse(event);
    assert.ok(checked.success, `${record.text} ${checked.error?.message}`);
    assert.equal(event.user_id, record.key);
    assert.ok(record.at >= last);
    last = record.at;
  }
});

test('a start, its play and its skip share their play_id, and only skipped plays have a skip', async () => {
  const { records } = await simulate();
  const of = (topic: EventTopic) =>
    records.filter((record) => record.topic === topic).map((record) => JSON.parse(record.text));
  const plays = new Map(of('plays').map((event) => [event.play_id, event]));
  for (const skip of of('skips')) {
    assert.equal(plays.get(skip.play_id)?.skipped, true);
    assert.equal(plays.get(skip.play_id)?.timestamp, skip.timestamp);
  }
  const ids = new Set(records.map((record) => JSON.parse(record.text).event_id));
  assert.equal(ids.size, records.length);
});

test('faults are made as asked, and counted', async () => {
  const dropHour = defaultFrom + 20 * 3_600_000;
  const { records, result } = await simulate({
    faults: { duplicates: 0.05, malformed: 0.04, late: 0.02, outOfOrder: 0.03, dropHour },
  });
  const { faults } = result;
  for (const [name, share] of [
    ['duplicates', 0.05],
    ['malformed', 0.04],
    ['late', 0.02],
  ] as const) {
    assert.ok(Math.abs(faults[name] / 3000 - share) < 0.015, `${name}: ${faults[name]}`);
  }
  const broken = records.filter((record) => {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(record.bytes);
      return !topics[record.topic].schema.safeParse(JSON.parse(text)).success;
    } catch {
      return true;
    }
  });
  assert.ok(broken.length >= faults.malformed, `${broken.length} of ${faults.malformed}`);
  assert.ok(records.every((record) => Math.floor(record.at / 3_600_000) !== dropHour / 3_600_000));
});

test('live events come at the rate that was asked for', async () => {
  const { records, output } = collect();
  const stop = new AbortController();
  let now = Date.UTC(2026, 0, 1);
  const begin = now;
  await simulateLive(
    {
      ...options,
      events: undefined,
      rate: 50,
      clock: () => (now += 25),
      signal: stop.signal,
      wait: async () => undefined,
      onProgress: () => now - begin > 60_000 && stop.abort(),
    },
    output,
  );
  const rate = records.length / ((now - begin) / 1000);
  assert.ok(rate > 40 && rate < 62, `${rate} events a second`);
  assert.ok(records.every((record) => record.at >= begin && record.at <= now));
});
