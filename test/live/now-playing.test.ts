import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NowPlaying } from '../../src/live/now-playing.ts';
import { newId, noon, startEvent } from './listening-events.ts';

const shown = (playing: NowPlaying) => [...playing.list()].map(({ event }) => event.track_id);

test('a start plays until its end arrives', () => {
  const playing = new NowPlaying();
  const start = startEvent();
  playing.start(start, noon, noon);
  assert.equal(playing.size, 1);
  playing.end('ana', newId(), noon);
  assert.equal(playing.size, 1);
  playing.end('ana', start.play_id, noon + 1000);
  assert.equal(playing.size, 0);
});

test('a start whose end has come already does not play', () => {
  const playing = new NowPlaying();
  const start = startEvent();
  playing.end('ana', start.play_id, noon);
  playing.start(start, noon, noon);
  assert.equal(playing.size, 0);
});

test('a start without an end is believed for its length and a grace of 30 s', () => {
  const playing = new NowPlaying();
  playing.start(startEvent({ duration: 200_000 }), noon, noon);
  assert.equal(playing.expire(noon + 229_999), false);
  assert.equal(playing.size, 1);
  assert.equal(playing.expire(noon + 230_000), true);
  assert.equal(playing.size, 0);
});

test('a listener plays one thing: the newest start, even when an older one comes later', () => {
  const playing = new NowPlaying();
  playing.start(startEvent({ track_id: 'first' }), noon, noon);
  playing.start(startEvent({ track_id: 'second', at: noon + 1000 }), noon + 1000, noon + 1000);
  playing.start(startEvent({ track_id: 'late', at: noon + 500 }), noon + 1100, noon + 1100);
  assert.deepEqual(shown(playing), ['second']);
});

test('a start that was over before it arrived never plays', () => {
  const playing = new NowPlaying();
  playing.start(startEvent({ at: noon - 3_000_000 }), noon, noon);
  assert.equal(playing.size, 0);
});

test('a source whose clock runs ahead is held to the time of receipt', () => {
  const playing = new NowPlaying();
  playing.start(startEvent({ at: noon + 7_200_000 }), noon, noon);
  assert.equal([...playing.list()][0]?.startedAt, noon);
});

test('listeners are counted by device and country as they come and go, private ones apart', () => {
  const playing = new NowPlaying();
  const first = startEvent({ user_id: 'ana', device: 'car', country: 'SE' });
  playing.start(first, noon, noon);
  playing.start(startEvent({ user_id: 'bo', device: 'tv', country: 'DE' }), noon, noon);
  playing.start(startEvent({ user_id: 'eve', device: 'tv', private: true }), noon, noon);
  assert.deepEqual(
    [...playing.devices],
    [
      ['car', 1],
      ['tv', 1],
    ],
  );
  assert.equal(playing.privateSize, 1);
  playing.end('ana', first.play_id, noon);
  playing.start(startEvent({ user_id: 'bo', device: 'web', country: 'DE' }), noon, noon);
  assert.deepEqual([...playing.devices], [['web', 1]]);
  assert.deepEqual([...playing.countries], [['DE', 1]]);
  playing.expire(noon + 86_400_000);
  assert.deepEqual([playing.size, playing.privateSize, playing.devices.size], [0, 0, 0]);
});
