import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulateLive } from '../../../src/sources/simulator/index.ts';
import { collect } from './collected-records.ts';

const begin = Date.UTC(2026, 0, 1, 12);

async function simulate(rate: number, forMs: number, users = 100) {
  const { records, output } = collect();
  const stop = new AbortController();
  let now = begin;
  const result = await simulateLive(
    {
      seed: 5,
      users,
      tracks: 800,
      rate,
      clock: () => now,
      signal: stop.signal,
      wait: async (ms) => {
        now += ms;
        if (now - begin >= forMs) stop.abort();
      },
    },
    output,
  );
  return { records, result };
}

for (const rate of [20, 300, 2000]) {
  test(`the rate of ${rate} events a second is met in each ten seconds from the first on`, async () => {
    const { records } = await simulate(rate, 60_000);
    for (let window = 0; window < 6; window += 1) {
      const from = begin + window * 10_000;
      const count = records.filter(({ at }) => at >= from && at < from + 10_000).length;
      const share = count / (rate * 10);
      // The few events of a slow stream come in pairs.
      const tolerance = 0.02 + 10 / (rate * 10);
      assert.ok(Math.abs(share - 1) < tolerance, `${share} of the rate in window ${window}`);
    }
  });
}

test('one event a second comes about once a second', async () => {
  const { records } = await simulate(1, 300_000);
  assert.ok(Math.abs(records.length - 300) < 30, `${records.length} events in 300 s`);
});

test('a play comes when it ends, and a listener plays one track at a time', async () => {
  const { records } = await simulate(100, 600_000);
  const startedAt = new Map<string, { at: number; id: string }>();
  let ended = 0;
  for (const { topic, at, text } of records) {
    const event = JSON.parse(text);
    const playing = startedAt.get(event.user_id);
    if (topic === 'starts') {
      assert.equal(playing, undefined, `${event.user_id} plays two tracks`);
      assert.equal(Date.parse(event.timestamp), at);
      if (event.offline !== true) startedAt.set(event.user_id, { at, id: event.play_id });
    }
    if (topic === 'plays' && event.offline !== true) {
      assert.equal(Date.parse(event.timestamp) + event.duration, at);
      if (playing !== undefined) assert.equal(playing.id, event.play_id);
      if (playing !== undefined) ended += 1;
      startedAt.delete(event.user_id);
    }
  }
  assert.ok(ended > 5000, `${ended} plays ended`);
});

test('plays, skips and likes come from the first second on, as if it had been running', async () => {
  const { records } = await simulate(500, 2000);
  const topics = new Set(records.filter(({ at }) => at < begin + 1000).map(({ topic }) => topic));
  assert.ok(topics.has('plays') && topics.has('skips') && topics.has('starts'));
});

test('the population grows where the rate needs more listeners, and the number of events is exact', async () => {
  const { result } = await simulate(200, 1000, 10);
  assert.ok(result.users > 10_000);
  const { records, output } = collect();
  let now = begin;
  await simulateLive(
    {
      seed: 5,
      users: 10,
      tracks: 800,
      rate: 50,
      events: 77,
      clock: () => now,
      signal: new AbortController().signal,
      wait: async (ms) => {
        now += ms;
      },
    },
    output,
  );
  assert.equal(records.length, 77);
});
