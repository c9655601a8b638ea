import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profile, recentlyPlayed, savedTracks } from '../../../src/sources/spotify-api/answers.ts';

test('what Spotify took away from its answers in 2026 is not missed', () => {
  const artist = { name: 'Björk', type: 'artist' };
  const now = { uri: 'spotify:track:1', name: 'Jóga', artists: [artist], album: { name: 'A' } };
  const before = {
    ...now,
    popularity: 61,
    available_markets: ['SE'],
    external_ids: { isrc: 'GBAAA9700001' },
    artists: [{ ...artist, followers: { total: 7 }, popularity: 70, genres: ['pop'] }],
    album: { name: 'A', popularity: 5, label: 'One Little Independent' },
  };
  const listed = (track: object) =>
    recentlyPlayed.parse({ items: [{ track, played_at: '2026-03-02T08:00:00.123Z' }] });
  assert.deepEqual(listed(now), listed(before));
  const saved = (track: object) =>
    savedTracks.parse({ total: 1, items: [{ added_at: '2026-03-02T08:00:00Z', track }] });
  assert.deepEqual(saved(now), saved(before));
  const person = { country: 'SE', email: 'ana@example.org', product: 'premium', followers: {} };
  assert.deepEqual(profile.parse({ id: 'ana' }), profile.parse({ id: 'ana', ...person }));
});
