import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, extended, folder, run } from './import-fixture.ts';

const song = {
  master_metadata_track_name: 'Jóga',
  master_metadata_album_artist_name: 'Björk',
};
const listen = (ts: string, changes: object = {}) => extended({ ...song, ts, ...changes });
const month = (endTime: string, changes: object = {}) => account({ endTime, ...changes });

test('account rows that extended history tells too are left out, each once', async (t) => {
  const path = await folder(t, {
    'account/StreamingHistory_music_0.json': JSON.stringify([
      month('2024-02-29 23:58'),
      month('2024-02-29 23:58'),
      month('2024-02-29 23:58'),
      month('2024-03-20 08:00'),
    ]),
    'extended/Streaming_History_Audio_2024_1.json': JSON.stringify([
      listen('2024-02-29T23:58:59Z'),
      listen('2024-02-29T23:58:02Z', { ms_played: 4000 }),
    ]),
  });
  const { result, sent } = await run(path);
  assert.deepEqual([result.imported, result.left_out], [4, { duplicate: 2 }]);
  assert.equal(sent.filter((one) => one.event.track_id === extended().spotify_track_uri).length, 2);
});

test('an exact duplicate in extended history covers its account row too', async (t) => {
  const path = await folder(t, {
    'StreamingHistory0.json': JSON.stringify([
      month('2024-02-29 23:58'),
      month('2024-02-29 23:58'),
    ]),
    'endsong_0.json': JSON.stringify([
      listen('2024-02-29T23:58:59Z'),
      listen('2024-02-29T23:58:59Z'),
    ]),
  });
  const { result } = await run(path);
  assert.deepEqual([result.imported, result.left_out], [1, { duplicate: 3 }]);
});

test('podcasts among the music of old account data are known from extended history', async (t) => {
  const path = await folder(t, {
    'StreamingHistory0.json': JSON.stringify([
      month('2024-02-29 23:58', { artistName: 'A show', trackName: 'Talk' }),
    ]),
    'endsong_0.json': JSON.stringify([
      listen('2024-02-29T23:58:10Z', {
        spotify_track_uri: null,
        master_metadata_track_name: null,
        spotify_episode_uri: 'spotify:episode:1',
        episode_name: 'Talk',
        episode_show_name: 'A show',
      }),
    ]),
  });
  const { result } = await run(path);
  assert.deepEqual([result.imported, result.left_out], [0, { podcast: 2 }]);
});

test('two account exports that overlap count their common rows once', async (t) => {
  const common = [month('2024-02-29 23:58'), month('2024-02-29 23:58')];
  const january = JSON.stringify([month('2024-01-01 10:00'), ...common]);
  const path = await folder(t, {
    'june/StreamingHistory0.json': JSON.stringify([...common, month('2024-06-01 10:00')]),
    'january/StreamingHistory0.json': january,
    'january/StreamingHistory0 (1).json': january,
  });
  const { result, sent } = await run(path);
  assert.deepEqual([result.imported, result.left_out], [4, { duplicate: 5 }]);
  assert.equal(new Set(sent.map((one) => one.event.event_id)).size, 4);
});

test('scrobbles of what Spotify, or each other, have told already are left out', async (t) => {
  const scrobble = (listened_at: number) =>
    JSON.stringify({
      listened_at,
      track_metadata: { artist_name: 'Björk', track_name: 'JÓGA', additional_info: {} },
    });
  const uts = (text: string) => Date.parse(text) / 1000;
  const path = await folder(t, {
    // Began at 23:55:59.
    'endsong_0.json': JSON.stringify([listen('2024-02-29T23:58:59Z')]),
    'listens/2024/2.jsonl': [
      scrobble(uts('2024-02-29T23:56:30Z')),
      scrobble(uts('2024-02-29T12:00:00Z')),
    ].join('\n'),
    'recenttracks-ana.csv': [
      'uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid',
      `"${uts('2024-02-29T23:56:31Z')}","","Björk","","Homogenic","","Jóga",""`,
      `"${uts('2024-02-29T12:00:20Z')}","","Björk","","Homogenic","","Jóga",""`,
      `"${uts('2024-02-28T12:00:00Z')}","","Björk","","Homogenic","","Jóga",""`,
    ].join('\n'),
  });
  const { result, sent } = await run(path);
  assert.deepEqual([result.read, result.imported, result.left_out], [6, 3, { duplicate: 3 }]);
  assert.deepEqual(
    sent.map((one) => one.event.source),
    ['spotify_export', 'listenbrainz_export', 'lastfm_export'],
  );
});
