import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heardTrackOf, playedTrackOf } from '../../../src/sources/spotify-api/heard-track.ts';

const track = {
  uri: 'spotify:track:here',
  name: 'Jóga',
  duration_ms: 200_000,
  artists: [{ name: 'Björk' }],
};

test('a recording that stands in for another in this country counts as the one that was asked for', () => {
  const relinked = { ...track, linked_from: { uri: 'spotify:track:asked' } };
  assert.equal(heardTrackOf(relinked)!.uri, 'spotify:track:asked');
  for (const linked_from of [undefined, null, {}, { uri: null }]) {
    assert.equal(heardTrackOf({ ...track, linked_from })!.uri, 'spotify:track:here');
  }
});

test('a local file without an artist is nobody’s track, and one with all its tags is a track', () => {
  const local = { ...track, uri: 'spotify:local:Bj%C3%B6rk::J%C3%B3ga:200', id: null };
  assert.equal(heardTrackOf(local)!.uri, local.uri);
  for (const artists of [undefined, null, [], [{ name: '' }], [{ name: null }]]) {
    assert.equal(heardTrackOf({ ...local, artists }), undefined);
  }
  assert.equal(playedTrackOf({ ...local, name: null }), undefined);
});

test('a length of nothing, of fractions or of days is no length', () => {
  for (const duration_ms of [0, -1, 1.5, null, undefined, 10 * 86_400_000]) {
    assert.equal(heardTrackOf({ ...track, duration_ms })!.durationMs, undefined);
  }
});
