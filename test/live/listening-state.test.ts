import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventTopic } from '../../contracts/index.ts';
import { ListeningState } from '../../src/live/listening-state.ts';
import { liveSnapshot } from '../../src/live/snapshot.ts';
import { encode, noon, playEvent, skipEvent, startEvent } from './listening-events.ts';

const minute = 60_000;

function stateWith(...events: [EventTopic, unknown, at?: number][]): ListeningState {
  const state = new ListeningState();
  for (const [topic, event, at = noon] of events) state.apply(topic, encode(event), at, at);
  return state;
}

describe('the live state', () => {
  test('shows who plays what, newest first, in the shape of its schema', () => {
    const state = stateWith(
      ['starts', startEvent({ user_id: 'ana', album: 'Justice' })],
      ['starts', startEvent({ user_id: 'bo', track_id: 'track-2', device: 'car', country: 'DE' })],
    );
    const snapshot = state.snapshot(noon);
    assert.deepEqual(
      snapshot.now_playing.map(({ user_id }) => user_id),
      ['bo', 'ana'],
    );
    assert.equal(snapshot.now_playing[1]?.album, 'Justice');
    assert.equal(snapshot.listeners_playing, 2);
    assert.deepEqual(snapshot.countries, [
      { country: 'SE', listeners: 1 },
      { country: 'DE', listeners: 1 },
    ]);
    const shape = liveSnapshot.omit({
      now: true,
      state: true,
      lag_ms: true,
      behind_records: true,
      newest_record_at: true,
    });
    assert.doesNotThrow(() => shape.parse(snapshot));
  });

  test('a private session is counted and appears nowhere else', () => {
    const hidden = { user_id: 'user-eve', track: 'Secret', artist: 'Nobody', private: true };
    const state = stateWith(
      ['starts', startEvent(hidden)],
      ['plays', playEvent({ ...hidden, skipped: true })],
      ['starts', startEvent({ ...hidden, user_id: 'mallory', device: 'tv', country: 'NO' })],
      ['starts', startEvent()],
    );
    const snapshot = state.snapshot(noon);
    assert.equal(snapshot.listeners_playing, 3);
    assert.equal(snapshot.private_listeners, 2);
    assert.equal(snapshot.per_minute.at(-1)?.starts, 3);
    assert.equal(snapshot.skip_rate, null);
    const text = JSON.stringify(snapshot);
    for (const secret of ['user-eve', 'mallory', 'Secret', 'Nobody', '"tv"', '"NO"']) {
      assert.ok(!text.includes(secret), secret);
    }
  });

  test('an event that comes twice counts once', () => {
    const start = startEvent();
    const state = stateWith(['starts', start], ['starts', start]);
    assert.equal(state.snapshot(noon).per_minute.at(-1)?.starts, 1);
    assert.equal(state.duplicates, 1);
  });

  test('records that break their contract are counted and left out', () => {
    const state = stateWith(
      ['plays', { ...playEvent(), duration: 'long' }],
      ['plays', playEvent({ device: 'fridge' as never })],
      ['plays', 'no object'],
    );
    state.apply('plays', null, noon, noon);
    state.apply('plays', Buffer.from('{"truncated":'), noon, noon);
    state.apply('plays', Uint8Array.of(0xff, 0xfe), noon, noon);
    const snapshot = state.snapshot(noon);
    assert.equal(snapshot.invalid, 6);
    assert.equal(snapshot.per_minute.at(-1)?.plays, 0);
  });

  test('what was played long before it arrived is an import, not live', () => {
    const state = stateWith(
      ['plays', playEvent({ at: noon - 3_600_000 - 180_001 })],
      ['plays', playEvent({ at: noon - 3_600_000 - 180_000 })],
      ['starts', startEvent({ at: noon - 86_400_000 })],
    );
    const snapshot = state.snapshot(noon);
    assert.equal(snapshot.imported_recently, 2);
    assert.equal(snapshot.per_minute.at(-1)?.plays, 1);
    assert.equal(snapshot.per_minute.at(-1)?.starts, 0);
    assert.deepEqual(snapshot.top_tracks, []);
  });

  test('top lists cover the last ten minutes', () => {
    const state = new ListeningState();
    const start = (track: string, at: number) =>
      state.apply('starts', encode(startEvent({ at, track_id: track, user_id: track })), at, at);
    for (let times = 0; times < 5; times += 1) start('old', noon - 11 * minute);
    start('a', noon);
    start('b', noon);
    start('b', noon);
    assert.deepEqual(
      state.snapshot(noon).top_tracks.map(({ track_id, starts }) => [track_id, starts]),
      [
        ['b', 2],
        ['a', 1],
      ],
    );
    assert.deepEqual(state.snapshot(noon).top_artists, [
      { artist: 'Metallica', starts: 3, listeners: 2 },
    ]);
  });

  test('a track is trending when it starts twice as often as in the hour before', () => {
    const state = new ListeningState();
    const start = (track: string, at: number) =>
      state.apply('starts', encode(startEvent({ at, track_id: track, user_id: track })), at, at);
    for (let ago = 70; ago > 0; ago -= 1) {
      const at = noon - ago * minute;
      start('steady', at);
      if (ago < 8) start('rising', at);
    }
    const [first, ...others] = state.snapshot(noon).trending;
    assert.deepEqual(others, []);
    assert.equal(first?.track_id, 'rising');
    assert.equal(first?.starts, 7);
    assert.equal(first?.ratio, 7);
  });

  test('nothing is trending before there is something to compare with', () => {
    const state = new ListeningState();
    for (let time = 0; time < 20; time += 1) {
      state.apply('starts', encode(startEvent()), noon, noon);
    }
    assert.deepEqual(state.snapshot(noon).trending, []);
  });

  test('the skip rate is skipped plays over plays; rates count whole seconds', () => {
    const state = stateWith(
      ['plays', playEvent({ skipped: true })],
      ['skips', skipEvent()],
      ['plays', playEvent()],
      ['plays', playEvent()],
      ['plays', playEvent()],
    );
    const snapshot = state.snapshot(noon + 1000);
    assert.equal(snapshot.skip_rate, 0.25);
    assert.equal(snapshot.rates.events_per_second, 0.5);
    assert.equal(snapshot.rates.plays_per_minute, 4.1);
  });

  test('records older than the windows are not looked at', () => {
    const state = new ListeningState();
    assert.equal(state.apply('starts', encode(startEvent()), noon - 71 * minute, noon), false);
    assert.equal(state.counted, 0);
  });
});
