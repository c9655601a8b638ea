import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recommendOnPlatform } from '../../src/recommend/daily-choice.ts';
import { recommendInThread } from '../../src/recommend/index.ts';
import { withNames } from '../../src/recommend/listener-recommendations.ts';
import type { Method } from '../../src/recommend/methods.ts';
import type { ListenerTrack } from '../../src/recommend/signals.ts';
import { type Taste, toTaste } from '../../src/recommend/taste.ts';
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

const kinds: readonly Method[] = [
  { name: 'cosine', weighting: 'log', shrinkage: 1, neighbours: 50 },
  { name: 'rp3beta', alpha: 0.8, beta: 0.3, neighbours: 50 },
  { name: 'ease', weighting: 'normalised', regularisation: 1.35, growth: 0 },
  { name: 'ease', weighting: 'log', regularisation: 1.35, growth: 0.25, items: 30 },
  { name: 'als', weighting: 'binary', factors: 8, alpha: 20, regularisation: 10, iterations: 10 },
];
const mixture = kinds.map((method) => ({ method, weight: 0.2 }));

test('models that were kept give the lists of those fitted anew, alone and mixed', () => {
  const taste = madeUpTaste();
  for (const parts of [mixture, ...mixture.map((part) => [part])]) {
    const task = { taste, count: 10, perArtist: 3, isDue: false, before: { ...kept, parts } };
    const first = recommendOnPlatform({ ...task, keepFrom: 0 });
    assert.equal(first.models!.parts.length, parts.length);
    const again = recommendOnPlatform({ ...task, kept: structuredClone(first.models!) });
    assert.equal(again.models, undefined, 'nothing new to keep');
    assert.deepEqual(again.lists, first.lists);
    // The lists don't depend on whether the models are kept, and what explains them hardly does.
    const { lists } = recommendOnPlatform(task);
    assert.deepEqual(lists!.tracks, first.lists!.tracks);
  }
});

test('with kept models a listener with new plays gets another list, without what was just played', () => {
  const rows = listenerRows();
  const taste = toTaste(rows, { today });
  for (const parts of [mixture, ...mixture.map((part) => [part])]) {
    const before = { tier: 'quality' as const, parts };
    const task = { count: 10, perArtist: 3, isDue: false, before };
    const { models, lists } = recommendOnPlatform({ ...task, taste, keepFrom: 0 });
    const own = withNames(lists!, taste).filter((one) => one.user === 'u3');
    const played = own.slice(0, 2).map((one) => one.track);
    const { artist, ...common } = rows.find((row) => row.user === 'u3')!;
    const newRows = [...played, 'came later'].map((track) => ({ ...common, track, artist: track }));
    // The reader keeps the numbers of the tracks that the models know, and has new ones behind them.
    const now = withNumbersOf(
      taste,
      toTaste([...rows.filter((row) => row.user === 'u3'), ...newRows], { today }),
    );
    const next = recommendOnPlatform({ ...task, taste: now, kept: models, changed: new Set([0]) });
    const list = withNames(next.lists!, now);
    assert.equal(list.length, 10);
    assert.notDeepEqual(
      list.map((one) => one.track),
      own.map((one) => one.track),
    );
    const known = new Set(now.matrix.indices);
    assert.ok(next.lists!.tracks.every((track) => !known.has(track)));
    assert.ok(artist !== undefined && list.every((one) => one.track !== 'came later'));
  }
});

/** A taste of some listeners with its tracks numbered as in another, new ones behind. */
function withNumbersOf(known: Taste, some: Taste): Taste {
  const later = some.tracks.filter((track) => !known.tracks.includes(track));
  const tracks = [...known.tracks, ...later];
  const { matrix } = some;
  const order = [...matrix.indices.keys()].sort(
    (a, b) => place(matrix.indices[a]!) - place(matrix.indices[b]!),
  );
  function place(track: number): number {
    return tracks.indexOf(some.tracks[track]!);
  }
  return {
    ...some,
    tracks,
    listenersOf: Int32Array.from(tracks, (_, at) => known.listenersOf[at] ?? 1),
    artists: Int32Array.from(tracks, (_, at) => at),
    genres: new Int32Array(tracks.length).fill(-1),
    matrix: {
      ...matrix,
      columns: tracks.length,
      indices: Int32Array.from(order, (at) => place(matrix.indices[at]!)),
      values: Float64Array.from(order, (at) => matrix.values[at]!),
    },
    streams: Int32Array.from(order, (at) => some.streams[at]!),
    disliked: Uint8Array.from(order, (at) => some.disliked[at]!),
  };
}

test('what is fitted in no time is not kept', () => {
  const task = { taste: madeUpTaste(), count: 5, perArtist: 3, isDue: false };
  const result = recommendOnPlatform({ ...task, before: { ...kept, parts: mixture } });
  assert.equal(result.models, undefined);
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
