import assert from 'node:assert/strict';
import { createWriteStream, existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import yazl from 'yazl';
import { deviceOf } from '../../../src/sources/history-import/devices.ts';
import { importHistory } from '../../../src/sources/history-import/index.ts';
import { account, extended, folder, recorder, run, type Sent } from './import-fixture.ts';

test('account data: the play began before its end, and equal rows are plays of their own', async (t) => {
  const path = await folder(t, {
    'StreamingHistory0.json': JSON.stringify([account(), account(), account({ msPlayed: 5000 })]),
  });
  const { sent, result } = await run(path);
  assert.deepEqual([result.read, result.imported], [3, 3]);
  assert.equal(sent[0]!.event.timestamp, '2024-02-29T23:55:40.000Z');
  assert.equal(new Set(sent.map((one) => one.event.event_id)).size, sent.length);
  assert.deepEqual(result.produced, { plays: 3, skips: 1 });
});

test('the same rows make the same events, whatever the order of the files', async (t) => {
  const rows = (day: number) =>
    JSON.stringify([
      account({ endTime: `2024-01-0${day} 10:00` }),
      account({ endTime: `2024-01-0${day} 10:00` }),
    ]);
  const path = await folder(t, {
    'StreamingHistory_music_0.json': rows(1),
    'StreamingHistory_music_1.json': rows(2),
  });
  const ids = (sent: Sent[]) => sent.map((one) => one.event.event_id).sort();
  const first = await run(path);
  const second = await run([
    join(path, 'StreamingHistory_music_1.json'),
    join(path, 'StreamingHistory_music_0.json'),
  ]);
  assert.deepEqual(ids(first.sent), ids(second.sent));
  assert.notDeepEqual(ids(first.sent), ids((await run(path, 'bea')).sent));
});

test('extended history: what identifies a person or a machine is dropped at the door', async (t) => {
  const path = await folder(t, { 'endsong_0.json': JSON.stringify([extended()]) });
  const { sent } = await run(path);
  assert.equal(sent.length, 1);
  assert.doesNotMatch(sent[0]!.text, /203\.0\.113|secret|SM-G973F/);
  const { device, country, album, timestamp } = sent[0]!.event;
  assert.deepEqual(
    [device, country, album, timestamp],
    ['mobile', 'SE', 'Post', '2021-03-04T05:03:07.000Z'],
  );
});

test('extended history: each reason to leave a row out is counted', async (t) => {
  const rows = [
    extended(),
    extended(),
    extended({
      spotify_track_uri: null,
      master_metadata_track_name: null,
      spotify_episode_uri: 'spotify:episode:1',
      episode_name: 'Talk',
    }),
    extended({ audiobook_uri: 'spotify:show:1', audiobook_title: 'Book' }),
    extended({ ms_played: 0 }),
    extended({
      spotify_track_uri: null,
      master_metadata_track_name: null,
      master_metadata_album_artist_name: null,
    }),
    extended({ ts: 'never' }),
    null,
    7,
    extended({ ms_played: 999_999_999 }),
    extended({
      ts: '2022-01-01T00:00:00Z',
      skipped: true,
      incognito_mode: true,
      conn_country: 'ZZ',
    }),
    extended({ ts: '2022-01-02T00:00:00Z', skipped: '', reason_end: 'fwdbtn' }),
  ];
  const path = await folder(t, {
    'Streaming_History_Audio_2021_0.json': JSON.stringify(rows),
    'Userdata.json': '{}',
  });
  const { sent, result } = await run(path);
  assert.deepEqual(result.left_out, {
    duplicate: 1,
    podcast: 1,
    audiobook: 1,
    zero_length: 1,
    unknown_track: 1,
    unreadable: 4,
  });
  assert.equal(result.read, result.imported + 9);
  assert.deepEqual(result.produced, { plays: 3, skips: 2 });
  const privately = sent.find((one) => one.event.private === true)!;
  assert.equal(privately.event.country, undefined);
  assert.deepEqual(
    result.ignored_files.map((name) => name.split('/').at(-1)),
    ['Userdata.json'],
  );
});

test('a byte order mark, CRLF, gzip and zip make no difference', async (t) => {
  const rows = JSON.stringify([account()], null, 2).replaceAll('\n', '\r\n');
  const path = await folder(t, {
    'StreamingHistory0.json': `\uFEFF${rows}`,
    'StreamingHistory1.json.gz': gzipSync(
      JSON.stringify([account({ endTime: '2024-03-01 00:00' })]),
    ),
  });
  const zip = new yazl.ZipFile();
  zip.addBuffer(
    Buffer.from(JSON.stringify([account({ endTime: '2024-03-02 00:00' })])),
    'Spotify Account Data/StreamingHistory2.json',
  );
  zip.end();
  await finished(zip.outputStream.pipe(createWriteStream(join(path, 'my_spotify_data.zip'))));
  assert.equal((await run(path)).result.imported, 3);
});

test('a truncated file is named with its place, and nothing at all is imported', async (t) => {
  const whole = JSON.stringify([account(), account(), account()]);
  const path = await folder(t, {
    'StreamingHistory0.json': whole,
    'StreamingHistory1.json': whole.slice(0, -30),
  });
  const { sent, producer } = recorder();
  await assert.rejects(
    importHistory({ paths: [path], user: 'ana', producer, stagingDirectory: tmpdir() }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'TNA_IMPORT_UNREADABLE');
      assert.match(error.message, /StreamingHistory1\.json.*row 3/);
      return true;
    },
  );
  assert.equal(sent.length, 0);
});

test('a zip with a path that climbs out, an unknown format and a missing path are refused', async (t) => {
  const zip = new yazl.ZipFile();
  zip.addBuffer(Buffer.from('[]'), 'aa/StreamingHistory0.json');
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  const evil = Buffer.from(
    Buffer.concat(chunks).toString('latin1').replaceAll('aa/Stream', '../Stream'),
    'latin1',
  );
  const path = await folder(t, { 'evil.zip': evil, 'other.json': '[{"a":1}]', 'notes.txt': 'x' });
  const { producer } = recorder();
  const expected = {
    'evil.zip': 'TNA_IMPORT_ARCHIVE_UNSAFE',
    'other.json': 'TNA_IMPORT_UNKNOWN_FORMAT',
    'missing.json': 'TNA_IMPORT_UNREADABLE',
    'notes.txt': 'TNA_IMPORT_UNREADABLE',
  };
  for (const [name, code] of Object.entries(expected)) {
    await assert.rejects(
      importHistory({
        paths: [join(path, name)],
        user: 'ana',
        producer,
        stagingDirectory: tmpdir(),
      }),
      { code },
      name,
    );
  }
  const empty = await folder(t, { 'notes.txt': 'x' });
  await assert.rejects(
    importHistory({ paths: [empty], user: 'ana', producer, stagingDirectory: tmpdir() }),
    {
      code: 'TNA_IMPORT_NOTHING_FOUND',
    },
  );
  await assert.rejects(
    importHistory({ paths: [empty], user: ' ', producer, stagingDirectory: tmpdir() }),
    {
      code: 'TNA_USAGE',
    },
  );
});

test('whatever the rows are, each is imported or counted under a reason', async (t) => {
  const cell = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
    fc.constantFrom('2024-02-29 23:59', 'Unknown Track'),
  );
  const row = fc.oneof(
    fc.record({ endTime: cell, artistName: cell, trackName: cell, msPlayed: cell }),
    cell,
  );
  const path = await folder(t, {});
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), async (rows) => {
      await writeFile(join(path, 'StreamingHistory0.json'), JSON.stringify(rows));
      const { result } = await run(path);
      const leftOut = Object.values(result.left_out).reduce((sum, count) => sum + count, 0);
      assert.equal(result.read, rows.length);
      assert.equal(result.read, result.imported + leftOut);
    }),
    { numRuns: 60 },
  );
});

test('an import asks nobody: an export is read without a single connection', async (t) => {
  const connect = t.mock.method(Socket.prototype, 'connect', () => {
    throw new Error('an import opened a connection');
  });
  const path = await folder(t, {
    'StreamingHistory0.json': JSON.stringify([account()]),
    'Streaming_History_Audio_2021_0.json': JSON.stringify([extended()]),
    'scrobbles.csv': 'Radiohead,OK Computer,Paranoid Android,15 Jun 2007 22:30\n',
  });
  assert.equal((await run(path)).result.imported, 3);
  assert.equal(connect.mock.callCount(), 0);
});

test('platform strings tell the kind of device', () => {
  const cases: [string | undefined, string][] = [
    ['Android OS 11 API 30 (samsung, SM-G973F)', 'mobile'],
    ['iOS 14.4 (iPhone12,1)', 'mobile'],
    ['android', 'mobile'],
    ['windows', 'desktop'],
    ['OS X 10.15.7 [x86 8]', 'desktop'],
    ['WebPlayer (websocket RFC6455)', 'web'],
    ['web_player windows 10;chrome 87', 'web'],
    ['Partner google cast_tv;Chromecast;;', 'tv'],
    ['Partner sonos_ppc Sonos', 'speaker'],
    ['Partner playstation_ps4', 'console'],
    ['Android-tablet car', 'car'],
    [undefined, 'unknown'],
    ['toaster', 'unknown'],
  ];
  for (const [platform, device] of cases) assert.equal(deviceOf(platform), device, platform);
});

const real = join(import.meta.dirname, '../../../../shared/data');
test('real exports are imported in full', async (t) => {
  if (!existsSync(real)) return t.skip('../shared/data is not here');
  const { result } = await run(join(real, 'history-account/teach_a'));
  assert.deepEqual(
    [result.read, result.imported, result.left_out],
    [38_403, 38_159, { zero_length: 104, unknown_track: 140 }],
  );
  const extendedResult = (await run(join(real, 'history-extended'))).result;
  assert.deepEqual([extendedResult.read, extendedResult.imported], [74, 65]);
});
