import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, run } from './import-fixture.ts';

const listen = (changes: object = {}, info: object = {}) => ({
  listened_at: 1_700_000_000,
  user_name: 'secret-user-name',
  recording_msid: '5a1bbd7d-29fb-4a1e-9d6f-1a9bd2c8f1e3',
  track_metadata: {
    artist_name: 'Rina Sawayama',
    track_name: 'XS',
    release_name: 'SAWAYAMA',
    additional_info: { submission_client: 'navidrome', ...info },
  },
  ...changes,
});

test('ListenBrainz: JSON Lines of the zip as it comes, lengths and Spotify ids where they are told', async (t) => {
  const lines = [
    listen(
      {},
      { duration_ms: 201_000, spotify_id: 'https://open.spotify.com/track/1U8rhryVYw9gWZ6zvw4Orc' },
    ),
    listen({ listened_at: 1_700_000_300 }, { duration: 201.5 }),
    listen({ listened_at: 1_700_000_600 }),
    listen(),
    listen({ listened_at: null }),
    listen({ listened_at: 0 }),
    listen({ listened_at: 1_700_000_900, track_metadata: { track_name: 'XS' } }),
    listen({ playing_now: true, listened_at: undefined }),
  ];
  const path = await folder(t, {
    'listens/2023/11.jsonl': lines.map((line) => JSON.stringify(line)).join('\n'),
    'user.json': '{"user_id": 7}',
    'feedback.jsonl': '{"score": 1}',
  });
  const { result, sent } = await run(path);
  assert.equal(result.ignored_files.length, 2);
  assert.deepEqual(
    [result.imported, result.left_out],
    [4, { unreadable: 2, unknown_track: 1, now_playing: 1 }],
  );
  assert.deepEqual(
    sent.map(({ event }) => [event.duration, event.track_duration, event.timestamp]),
    [
      [201_000, 201_000, '2023-11-14T22:13:20.000Z'],
      [201_500, 201_500, '2023-11-14T22:18:20.000Z'],
      [30_000, undefined, '2023-11-14T22:23:20.000Z'],
      [30_000, undefined, '2023-11-14T22:13:20.000Z'],
    ],
  );
  assert.equal(sent[0]!.event.track_id, 'spotify:track:1U8rhryVYw9gWZ6zvw4Orc');
  assert.doesNotMatch(sent[0]!.text, /secret/);
});

test('ListenBrainz: the older export is an array', async (t) => {
  const path = await folder(t, { 'ana_lb-2021-11-06.json': JSON.stringify([listen()]) });
  assert.equal((await run(path)).result.imported, 1);
});

const track = (uts: number | undefined, changes: object = {}) => ({
  artist: { mbid: '', '#text': 'Wild Belle' },
  name: 'June',
  album: { mbid: '', '#text': 'Isles' },
  url: 'http://www.last.fm/music/Wild+Belle/_/June',
  ...(uts === undefined ? {} : { date: { uts: String(uts), '#text': '' } }),
  ...changes,
});

test('Last.fm: pages of the API in every wrapping', async (t) => {
  const page = (tracks: object[]) => ({ recenttracks: { track: tracks, '@attr': { page: '1' } } });
  const playing = track(undefined, { '@attr': { nowplaying: 'true' } });
  const path = await folder(t, {
    'recenttracks-1.json': JSON.stringify(page([playing, track(1_464_727_569)])),
    'recenttracks-2.json': JSON.stringify([page([track(1_464_727_869)]), page([])]),
    'recenttracks-3.json': JSON.stringify([[track(1_464_728_169)], [track(0)]]),
    'scrobbles.json': JSON.stringify([track(1_464_728_469, { artist: { name: 'Wild Belle' } })]),
  });
  const { result, sent } = await run(path);
  assert.deepEqual([result.imported, result.left_out], [4, { now_playing: 1, unreadable: 1 }]);
  assert.deepEqual(
    new Set(sent.map(({ event }) => `${event.artist} ${event.track} ${event.source}`)),
    new Set(['Wild Belle June lastfm_export']),
  );
});

test('Last.fm: CSV with and without a header', async (t) => {
  const path = await folder(t, {
    'recenttracks.csv':
      '\uFEFFuts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\r\n"1464727569","31 May 2016, 20:46","Earth, Wind & Fire","","","","""September""",""\r\n',
    'export.csv':
      'Radiohead,OK Computer,Paranoid Android,15 Jun 2007 22:30\nRadiohead,,Lucky,01 Jan 1970 00:00\n',
  });
  const { result, sent } = await run([join(path, 'recenttracks.csv'), join(path, 'export.csv')]);
  assert.deepEqual([result.imported, result.left_out], [2, { unreadable: 1 }]);
  assert.deepEqual(
    sent.map(({ event }) => [event.artist, event.track, event.timestamp]),
    [
      ['Earth, Wind & Fire', '"September"', '2016-05-31T20:46:09.000Z'],
      ['Radiohead', 'Paranoid Android', '2007-06-15T22:30:00.000Z'],
    ],
  );
});
