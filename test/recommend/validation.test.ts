import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recommendOnPlatform } from '../../src/recommend/daily-choice.ts';
import { recommendInThread } from '../../src/recommend/index.ts';
import { withNames } from '../../src/recommend/listener-recommendations.ts';
import type { ListenerTrack } from '../../src/recommend/signals.ts';
import { toTaste } from '../../src/recommend/taste.ts';
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

const madeUpTaste = () => toTaste(listenerRows(), { today });

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
  const taste = toTaste(rows, { today: 10 });
  const { train, heldOut } = holdOutRecent(taste);
  const names = (numbers: Iterable<number>) => [...numbers].map((track) => taste.tracks[track]);
  assert.deepEqual(names(heldOut.get(0)!), ['t5']);
  assert.deepEqual(names(train.indices), ['t1', 't2', 't3', 't4', 't6']);
  assert.equal(holdOutRecent(toTaste(rows.slice(1), { today: 10 })).heldOut.size, 0);
});

test('three ways are judged, best first, and popularity is behind what knows the listener', () => {
  const judged = validateOnRecent(madeUpTaste(), { seed: 1, budget: 1e8 });
  const scores = judged.map((one) => one.scores['ndcg@10']);
  assert.deepEqual(
    scores,
    [...scores].sort((a, b) => b - a),
  );
  assert.equal(judged.at(-1)!.tier, 'popularity');
  assert.equal(judged.length, 3);
  assert.deepEqual(validateOnRecent(toTaste([], { today }), { seed: 1 }), []);
});

test('of many listeners some are drawn to judge by', () => {
  const judged = validateOnRecent(madeUpTaste(), { seed: 1, budget: 1e8, mostCells: 200 });
  const { users } = judged[0]!.scores;
  assert.ok(users > 0 && users < 40, String(users));
});

const parts = [{ method: { name: 'popularity' } as const, weight: 1 }];
const kept = { tier: 'quality' as const, parts };

test('a kept choice is not judged again, and only listeners with new plays get lists', async () => {
  const task = {
    taste: madeUpTaste(),
    count: 5,
    perArtist: 3,
    before: kept,
    isDue: false,
    changed: new Set([1, 2]),
  };
  const result = await recommendInThread(task, new AbortController().signal);
  assert.equal(result.judged, undefined);
  assert.equal(result.isForAll, false);
  assert.deepEqual(new Set(result.lists!.listeners), task.changed);
  assert.deepEqual(result, recommendOnPlatform(task));
  const all = recommendOnPlatform({ ...task, changed: undefined });
  assert.equal(new Set(all.lists!.listeners).size, 40);
  assert.equal(all.isForAll, true);
});

test('a mixture that is judged as good as before stays, and with it the lists of the others', () => {
  const taste = madeUpTaste();
  const first = recommendOnPlatform({ taste, count: 5, perArtist: 3, isDue: true });
  const chosen = first.judged!.find((one) => one.tier === 'quality')!;
  const before = { tier: 'quality' as const, parts: chosen.parts };
  const task = { taste, count: 5, perArtist: 3, isDue: true, changed: new Set([7]) };
  const next = recommendOnPlatform({ ...task, before });
  const best = next.judged!.find((one) => one.tier !== 'popularity')!;
  assert.equal(best.tier, 'quality', 'the made-up listeners are better known by the mixture');
  assert.deepEqual(new Set(next.lists!.listeners), new Set([7]));
  // What is clearly worse is replaced, for everyone.
  const worse = recommendOnPlatform({ ...task, before: kept });
  assert.deepEqual(worse.judged!.find((one) => one.tier === 'quality')!.parts, chosen.parts);
  assert.equal(worse.isForAll, true);
  assert.equal(new Set(worse.lists!.listeners).size, 40);
});

test('an aborted thread ends with the reason', async () => {
  const stop = new AbortController();
  const task = { taste: madeUpTaste(), count: 5, perArtist: 3, isDue: true };
  const running = recommendInThread(task, stop.signal);
  stop.abort();
  await assert.rejects(running, { name: 'AbortError' });
});

test('lists made in blocks and with names are those of the methods', () => {
  const taste = madeUpTaste();
  const { lists } = recommendOnPlatform({
    taste,
    count: 5,
    perArtist: 3,
    before: kept,
    isDue: false,
  });
  const own = withNames(lists!, taste);
  const popular = taste.tracks.filter(
    (_, track) => !taste.matrix.indices.subarray(0, taste.matrix.starts[1]).includes(track),
  );
  assert.deepEqual(
    own.filter((one) => one.user === taste.listeners[0]).map((one) => one.track),
    popular.slice(0, 5),
  );
});
