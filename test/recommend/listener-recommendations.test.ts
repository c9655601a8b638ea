import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coldStart } from '../../src/recommend/cold-start.ts';
import { recommendForListeners } from '../../src/recommend/listener-recommendations.ts';
import { isDisliked, type ListenerTrack, preferenceWeight } from '../../src/recommend/signals.ts';
import { madeUpPlays } from './made-up-plays.ts';

const today = 20_000;
const row = (changes: Partial<ListenerTrack> = {}): ListenerTrack => ({
  user: 'u',
  track: 't',
  artist: 'a',
  plays: 4,
  streams: 4,
  skips: 0,
  lastPlayedDay: today,
  ...changes,
});
const weight = (changes: Partial<ListenerTrack>) => preferenceWeight(row(changes), today);

test('repeats and likes raise a weight; skips and age lower it; none of them without limit', () => {
  assert.ok(weight({ streams: 8 }) > weight({}));
  assert.ok(weight({ streams: 8 }) < 2 * weight({}));
  assert.ok(weight({ liked: true }) > weight({}));
  assert.ok(weight({ skips: 1 }) < weight({}));
  assert.ok(weight({ lastPlayedDay: today - 400 }) < weight({ lastPlayedDay: today - 20 }));
  assert.ok(weight({ lastPlayedDay: today - 4000 }) > 0.39 * weight({}));
});

test('what is always skipped or has lost its like is disliked; a like stands above skips', () => {
  assert.equal(isDisliked(row({ plays: 2, streams: 0, skips: 2 })), true);
  assert.equal(isDisliked(row({ plays: 1, streams: 0, skips: 1 })), false);
  assert.equal(isDisliked(row({ liked: false })), true);
  assert.equal(isDisliked(row({ plays: 4, skips: 4, liked: true })), false);
  assert.equal(weight({ liked: false }), 0);
  assert.equal(weight({ streams: 0 }), 0);
  assert.ok(weight({ streams: 0, plays: 0, liked: true }) > 0);
});

/** Tastes of four artists groups: track i12 is by artist a(12 % 8). */
function listenerRows(): ListenerTrack[] {
  const { users, items, matrix } = madeUpPlays({ users: 40, items: 80 });
  return users.flatMap((user, at) =>
    [...matrix.indices.subarray(matrix.starts[at]!, matrix.starts[at + 1]!)].map((item, place) =>
      row({
        user,
        track: items[item]!,
        artist: `a${Number(items[item]!.slice(1)) % 8}`,
        streams: 1 + (place % 5),
      }),
    ),
  );
}

const options = { today, seed: 1, count: 10, perArtist: 2 };

test('lists are new to their listener, capped per artist, ranked, with reasons they have played', () => {
  const rows = listenerRows();
  const { recommendations, choice } = recommendForListeners(rows, options);
  assert.ok(choice!.parts.length > 0);
  const artists = new Map(rows.map((one) => [one.track, one.artist]));
  for (const [user, list] of Map.groupBy(recommendations, (one) => one.user)) {
    const own = new Set(rows.filter((one) => one.user === user).map((one) => one.track));
    assert.deepEqual(
      list.map((one) => one.rank),
      list.map((_, place) => place + 1),
    );
    assert.ok(list.every((one) => !own.has(one.track)));
    assert.ok(list.every((one) => one.because.length <= 2));
    assert.ok(list.every((one) => one.because.every((track) => own.has(track))));
    for (const same of Map.groupBy(list, (one) => artists.get(one.track)).values()) {
      assert.ok(same.length <= options.perArtist);
    }
  }
  const explained = recommendations.filter((one) => one.because.length > 0);
  assert.ok(explained.length > 0.8 * recommendations.length);
});

test('a disliked track is no reason, and an artist of whom all is disliked is not recommended', () => {
  const rows = listenerRows().map((one) =>
    one.user === 'u0' && one.artist === 'a0' ? { ...one, liked: false } : one,
  );
  const disliked = rows.filter((one) => one.user === 'u0' && one.artist === 'a0');
  assert.ok(disliked.length > 1, 'the made-up listener knows two tracks of the artist');
  const { recommendations } = recommendForListeners(rows, options);
  const artists = new Map(rows.map((one) => [one.track, one.artist]));
  const own = recommendations.filter((one) => one.user === 'u0');
  assert.ok(own.length > 0);
  assert.ok(own.every((one) => artists.get(one.track) !== 'a0'));
  const names = new Set(disliked.map((one) => one.track));
  assert.ok(own.every((one) => one.because.every((track) => !names.has(track))));
});

test('a listener with one play gets popular tracks of its genre first', () => {
  const rows = [...listenerRows(), row({ user: 'new', track: 'i1', artist: 'a1' })];
  const genreOf = (track: string) => (Number(track.slice(1)) % 4 === 1 ? 'odd' : 'even');
  const { recommendations } = recommendForListeners(rows, { ...options, genreOf });
  const own = recommendations.filter((one) => one.user === 'new');
  assert.ok(own.length > 0);
  assert.ok(own.every((one) => one.source === 'popular' && one.because.length === 0));
  assert.equal(genreOf(own[0]!.track), 'odd');
  assert.ok(own.every((one) => one.track !== 'i1'));
});

test('no rows give no recommendations, and one listener alone fails nothing', () => {
  assert.deepEqual(recommendForListeners([], options).recommendations, []);
  const alone = ['a', 'b', 'c', 'd'].map((track) => row({ track }));
  assert.deepEqual(recommendForListeners(alone, options).recommendations, []);
});

test('a cold start without genres is by popularity, ties by name', () => {
  const tracks = [
    { track: 'b', genre: undefined, listeners: 3 },
    { track: 'a', genre: undefined, listeners: 3 },
    { track: 'c', genre: undefined, listeners: 9 },
  ];
  const names = coldStart(tracks, new Map(), { count: 3 }).map((one) => one.track);
  assert.deepEqual(names, ['c', 'a', 'b']);
  assert.equal(coldStart(tracks, new Map(), { count: 1 }).length, 1);
});
