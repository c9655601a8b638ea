import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventTopic, topics } from '../../../contracts/index.ts';
import {
  defaultFrom,
  type SimulationOptions,
  simulateHistory,
} from '../../../src/sources/simulator/index.ts';
import { collect } from './collected-records.ts';

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

test('sessions of a listener are more than half an hour apart, and its plays never overlap', async () => {
  const { records } = await simulate({ users: 20, events: 6000 });
  const plays = records
    .filter((record) => record.topic === 'plays')
    .map((record) => JSON.parse(record.text))
    .sort((one, other) => Date.parse(one.timestamp) - Date.parse(other.timestamp));
  const last = new Map<string, { end: number; session: string }>();
  for (const play of plays) {
    const before = last.get(play.user_id);
    const start = Date.parse(play.timestamp);
    if (before !== undefined) {
      const apart = start - before.end;
      assert.ok(apart >= 0, `${play.event_id} begins before the last play ends`);
      assert.equal(apart > 30 * 60_000, play.session_id !== before.session);
    }
    last.set(play.user_id, { end: start + play.duration, session: play.session_id });
  }
});

test('offline listening arrives after it was made, and is marked', async () => {
  const { records } = await simulate({ users: 60, events: 30_000 });
  let offline = 0;
  for (const record of records) {
    const event = JSON.parse(record.text);
    const happened = Date.parse(event.timestamp);
    if (event.offline === undefined) {
      if (record.topic === 'plays') assert.equal(record.at, happened + event.duration);
      if (record.topic === 'starts') assert.equal(record.at, happened);
      continue;
    }
    offline += 1;
    assert.ok(record.at > happened + (event.duration ?? 0));
  }
  assert.ok(offline > 50, `${offline} offline events`);
  assert.ok(records.some((record) => record.text.includes('"private":true')));
  assert.ok(records.some((record) => record.text.includes('"liked":true')));
});

test('nothing is received outside the time span', async () => {
  const from = Date.UTC(2025, 4, 1);
  const to = Date.UTC(2025, 4, 4);
  const { records, result } = await simulate({ from, to, events: undefined });
  assert.ok(records.length > 500);
  assert.ok(records.every((record) => record.at >= from && record.at < to));
  assert.equal(result.from, '2025-05-01T00:00:00.000Z');
});
