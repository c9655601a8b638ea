import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recommendOnPlatform } from '../../src/recommend/daily-choice.ts';
import { recommendInThread } from '../../src/recommend/index.ts';
import type { ListenerTrack } from '../../src/recommend/signals.ts';
import { holdOutRecent, validateOnRecent } from '../../src/recommend/validation.ts';
import { madeUpPlays } from './made-up-plays.ts';

const today = 20_000;

function listenerRows(): ListenerTrack[] {
  const { users, items, matrix } = madeUpPlays({ users: 40, items: 80 });
  return users.flatMap((user, at) =>
    [...matrix.indices.subarray(matrix.starts[at]!, matrix.starts[at + 1]!)].map((item, place) => ({
      user,
      track: items[item]!,
      artist: `a${item}`,
      plays: 3,
      streams: 3,
      skips: 0,
      firstPlayedDay: today - place,
      lastPlayedDay: today,
    })),
  );
}

test('the fifth of the tracks that a listener came to last is held out, of five liked tracks on', () => {
  const rows = [1, 2, 3, 4, 5, 6].map((day) => ({
    user: 'ana',
    track: `t${day}`,
    artist: 'a',
    plays: 2,
    streams: 2,
    skips: 0,
    liked: day === 6 ? false : undefined,
    firstPlayedDay: day,
    lastPlayedDay: 10,
  }));
  const { train, heldOut } = holdOutRecent(rows, 10);
  assert.deepEqual(heldOut, [{ user: 'ana', item: 't5', weight: 1 }]);
  assert.deepEqual(
    train.map((row) => row.track),
    ['t1', 't2', 't3', 't4', 't6'],
  );
  assert.deepEqual(holdOutRecent(rows.slice(1), 10).heldOut, []);
});

test('three ways are judged, best first, and popularity is behind what knows the listener', () => {
  const judged = validateOnRecent(listenerRows(), { today, seed: 1, budget: 1e8 });
  const scores = judged.map((one) => one.scores['ndcg@10']);
  assert.deepEqual(
    scores,
    [...scores].sort((a, b) => b - a),
  );
  assert.equal(judged.at(-1)!.tier, 'popularity');
  assert.equal(judged.length, 3);
  assert.deepEqual(validateOnRecent([], { today, seed: 1 }), []);
});

test('a kept choice is not judged again, and only the listeners asked for get lists', async () => {
  const parts = [{ method: { name: 'popularity' } as const, weight: 1 }];
  const task = {
    rows: listenerRows(),
    genres: new Map<string, string>(),
    today,
    count: 5,
    perArtist: 3,
    chosen: { tier: 'quality' as const, parts },
    only: new Set(['u1', 'u2']),
  };
  const result = await recommendInThread(task, new AbortController().signal);
  assert.equal(result.judged, undefined);
  assert.deepEqual(new Set(result.recommendations.map((one) => one.user)), task.only);
  assert.deepEqual(result, recommendOnPlatform(task));
  const { recommendations } = recommendOnPlatform({ ...task, only: undefined });
  assert.equal(new Set(recommendations.map((one) => one.user)).size, 40);
});

test('an aborted thread ends with the reason', async () => {
  const stop = new AbortController();
  const task = { rows: listenerRows(), genres: new Map(), today, count: 5, perArtist: 3 };
  const running = recommendInThread(task, stop.signal);
  stop.abort();
  await assert.rejects(running, { name: 'AbortError' });
});
