import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveSnapshot } from '../../src/live/index.ts';
import { requireSafeHost } from '../../src/serving/index.ts';
import { sharedLive } from '../../src/serving/shared-live.ts';

const playing = (user: string) => ({
  user_id: user,
  track_id: 't',
  track: 'T',
  artist: 'A',
  device: 'web' as const,
  started_at: '2026-03-10T12:00:00.000Z',
});

const snapshot: LiveSnapshot = {
  now: '2026-03-10T12:00:00.000Z',
  state: 'live',
  lag_ms: 0,
  behind_records: 0,
  newest_record_at: null,
  listeners_playing: 7,
  private_listeners: 1,
  now_playing: [playing('ana'), playing('ben')],
  per_minute: [{ minute: '2026-03-10T12:00:00.000Z', starts: 7, plays: 3, skips: 1, likes: 0 }],
  rates: { events_per_second: 1, plays_per_minute: 3 },
  top_tracks: [
    { track_id: 'many', track: 'Many', artist: 'A', starts: 6, listeners: 6 },
    { track_id: 'one', track: 'One', artist: 'B', starts: 9, listeners: 1 },
  ],
  top_artists: [
    { artist: 'A', starts: 6, listeners: 5 },
    { artist: 'B', starts: 9, listeners: 4 },
  ],
  trending: [
    { track_id: 'one', track: 'One', artist: 'B', starts: 9, listeners: 1, usual: 1, ratio: 9 },
  ],
  skip_rate: 0.3,
  devices: [
    { device: 'web', listeners: 5 },
    { device: 'car', listeners: 1 },
  ],
  countries: [{ country: 'IS', listeners: 1 }],
  imported_recently: 0,
  invalid: 0,
};

test('a listener sees themselves and groups that are large enough, and nobody in a private session', () => {
  const shown = sharedLive(snapshot, playing('ana'), 5);
  assert.deepEqual(
    shown.now_playing.map((one) => one.user_id),
    ['ana'],
  );
  assert.deepEqual(
    shown.top_tracks.map((one) => one.track_id),
    ['many'],
  );
  assert.deepEqual(
    shown.top_artists.map((one) => one.artist),
    ['A'],
  );
  assert.deepEqual([shown.trending, shown.countries], [[], []]);
  assert.deepEqual(shown.devices, [{ device: 'web', listeners: 5 }]);
  assert.deepEqual([shown.listeners_playing, shown.private_listeners], [6, 0]);
  assert.equal(shown.per_minute[0]?.starts, 7);
});

test('where few play, no count tells of them', () => {
  const few = sharedLive({ ...snapshot, listeners_playing: 5 }, playing('ana'), 5);
  assert.deepEqual([few.listeners_playing, few.private_listeners, few.skip_rate], [0, 0, null]);
  assert.equal(few.per_minute[0]?.starts, 0);
  assert.deepEqual(few.rates, { events_per_second: 0, plays_per_minute: 0 });
  assert.deepEqual(
    few.now_playing.map((one) => one.user_id),
    ['ana'],
  );
});

test('an operator who is no listener sees nobody', () => {
  assert.deepEqual(sharedLive(snapshot, undefined, 5).now_playing, []);
});

test('with authentication the server may listen beyond this machine', () => {
  requireSafeHost('0.0.0.0', true);
  assert.throws(() => requireSafeHost('0.0.0.0', false), { code: 'TNA_SERVING_HOST_REFUSED' });
});
