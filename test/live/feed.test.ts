import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed } from '../../src/live/feed.ts';
import { NowPlaying } from '../../src/live/now-playing.ts';
import { noon, startEvent } from './listening-events.ts';

/** Listeners who begin one after another, `everyMs` apart; each is offered to the feed. */
function listen(count: number, everyMs: number) {
  const playing = new NowPlaying();
  const feed = new Feed();
  const begin = (index: number) => {
    const at = noon + index * everyMs;
    const one = playing.start(startEvent({ user_id: `user-${index}`, at }), at, at);
    assert.ok(one);
    feed.offer(one, at);
    return one;
  };
  const begun = Array.from({ length: count }, (_, index) => begin(index));
  const shown = () =>
    feed
      .list(10, (one) => playing.has(one), playing.list())
      .map(({ event }) => Number(event.user_id.slice(5)));
  return { playing, begun, begin, shown };
}

test('all who begin are in the feed while two a second do, newest first', () => {
  const { shown } = listen(12, 500);
  assert.deepEqual(shown(), [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
});

test('where thousands begin, a second moves the feed by two rows', () => {
  const { shown, begin } = listen(30_000, 1);
  const before = shown();
  for (let index = 30_000; index < 31_000; index += 1) begin(index);
  const after = shown();
  assert.equal(after.filter((user) => before.includes(user)).length, 8);
  assert.equal(after[0]! > 30_000 - 1, true);
});

test('a playback that ends leaves, and another takes its place for good', () => {
  const { playing, begun, shown } = listen(20, 0);
  const before = shown();
  const leaving = begun[before[0]!]!;
  playing.end(leaving.event.user_id, leaving.playId, noon);
  const after = shown();
  assert.equal(after.length, 10);
  assert.ok(!after.includes(before[0]!));
  assert.deepEqual(shown(), after);
});
