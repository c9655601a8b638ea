import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openLog } from '../../../src/log/index.ts';
import { importHistory } from '../../../src/sources/history-import/index.ts';
import {
  offlineSeconds,
  readExtendedRow,
} from '../../../src/sources/history-import/spotify-extended.ts';
import { extended, folder, run } from './import-fixture.ts';

const audio = (rows: unknown[]) => ({
  'Streaming_History_Audio_2021_0.json': JSON.stringify(rows),
});

test('a button says more than the flag, and an end of unclear cause is a skip only before 30 s', () => {
  const cases: [unknown, unknown, number, boolean][] = [
    [true, 'trackdone', 200_000, true],
    [false, 'trackdone', 200_000, false],
    [null, 'trackdone', 2000, false],
    [false, 'fwdbtn', 200_000, true],
    [null, 'backbtn', 200_000, true],
    ['', 'clickrow', 200_000, true],
    [undefined, 'playbtn', 200_000, true],
    [null, 'endplay', 29_999, true],
    [null, 'endplay', 30_000, false],
    [false, 'remote', 6000, true],
    [null, 'unknown', 19_788, true],
    [null, 'unknown', 60_000, false],
    [null, 'logout', 9000, false],
    [false, null, 9000, false],
  ];
  for (const [skipped, reason_end, ms_played, expected] of cases) {
    const read = readExtendedRow(extended({ skipped, reason_end, ms_played }));
    assert.ok(typeof read === 'object');
    assert.equal(read.skipped, expected, `${skipped} ${reason_end} ${ms_played}`);
  }
});

test('ts is the end of a stream, in UTC however it is written: the play began its length before', () => {
  for (const ts of ['2021-03-04T05:06:07Z', '2021-03-04 05:06:07 UTC', '2021-03-04 05:06:07']) {
    const read = readExtendedRow(extended({ ts, ms_played: 67_000 }));
    assert.ok(typeof read === 'object', ts);
    assert.equal(new Date(read.startedAt).toISOString(), '2021-03-04T05:05:00.000Z', ts);
  }
});

test('skipped is true, false, null, "" or missing: only true is a skip by itself', () => {
  for (const skipped of [true, false, null, '', undefined]) {
    const read = readExtendedRow(extended({ skipped, reason_end: 'trackdone' }));
    assert.ok(typeof read === 'object');
    assert.equal(read.skipped, skipped === true, String(skipped));
  }
});

test('offline times are ms, seconds, 0, null or nothing', () => {
  assert.equal(offlineSeconds(1_571_130_026_045), 1_571_130_026);
  assert.equal(offlineSeconds(1_571_130_026), 1_571_130_026);
  for (const none of [0, null, undefined, '', '7', -1, Number.NaN]) {
    assert.equal(offlineSeconds(none), undefined);
  }
});

test('the same end, track and length is one listen, except for offline plays at different times', async (t) => {
  const offline = (offline_timestamp: unknown) => extended({ offline: true, offline_timestamp });
  const rows = [
    extended(),
    extended({ offline_timestamp: 1_614_834_367_000, reason_end: 'unknown' }),
    extended({ ms_played: 180_001 }),
    extended({ ts: '2021-04-04T05:06:07Z', offline: true, offline_timestamp: 1_617_500_000 }),
  ];
  const { result } = await run(await folder(t, audio(rows)));
  assert.deepEqual([result.imported, result.left_out], [3, { duplicate: 1 }]);

  const away = [offline(1_614_834_000_123), offline(1_614_834_200_456), offline(1_614_834_200)];
  const second = await run(await folder(t, audio(away)));
  assert.deepEqual([second.result.imported, second.result.left_out], [2, { duplicate: 1 }]);
  assert.equal(new Set(second.sent.map((one) => one.event.event_id)).size, 2);
});

test('rows come in no order at all: any order makes the same events', async (t) => {
  const rows = [
    extended({ ts: '2019-05-06T07:08:09Z' }),
    extended({ ts: '2023-01-02T03:04:05Z', skipped: true }),
    extended({ ts: '2021-03-04T05:06:07Z' }),
    extended({ ts: '2021-03-04T05:06:07Z' }),
    extended({ ts: '2020-12-31T23:59:59Z', ms_played: 12_000, reason_end: 'endplay' }),
  ];
  const [mixed, reversed, sorted] = await Promise.all(
    [rows, rows.toReversed(), rows.toSorted((a, b) => a.ts.localeCompare(b.ts))].map(
      async (order) => {
        const { sent, result } = await run(await folder(t, audio(order)));
        assert.deepEqual(result.left_out, { duplicate: 1 });
        return sent.map(({ text }) => text).sort();
      },
    ),
  );
  assert.equal(mixed!.length, 6);
  assert.deepEqual(reversed, mixed);
  assert.deepEqual(sorted, mixed);
});

test('music videos are listens; other videos and podcasts are not', async (t) => {
  const none = { spotify_track_uri: null, master_metadata_track_name: null };
  const path = await folder(t, {
    'Spotify Extended Streaming History/Streaming_History_Video_2018-2024.json': JSON.stringify([
      extended(),
      extended({ ...none, spotify_episode_uri: 'spotify:episode:1', episode_name: 'Talk' }),
      extended(none),
    ]),
  });
  const { result } = await run(path);
  assert.deepEqual([result.imported, result.left_out], [1, { podcast: 1, video: 1 }]);
});

test('audiobooks are told by any of their keys', async (t) => {
  const rows = [
    extended({ audiobook_title: 'Book', audiobook_uri: 'spotify:show:1', spotify_track_uri: null }),
    extended({ audiobook_chapter_uri: 'spotify:episode:1', spotify_track_uri: null }),
    extended({ audiobook_title: null, audiobook_uri: '', audiobook_chapter_uri: null }),
  ];
  const { result } = await run(await folder(t, audio(rows)));
  assert.deepEqual([result.imported, result.left_out], [1, { audiobook: 2 }]);
});

test('private sessions are imported as private, or left out when so wished', async (t) => {
  const path = await folder(t, audio([extended({ incognito_mode: true })]));
  assert.equal((await run(path)).sent[0]!.event.private, true);
  const { result, sent } = await run(path, 'ana', { withoutPrivate: true });
  assert.deepEqual([result.left_out, sent.length], [{ private: 1 }, 0]);
});

test('keys that are strange, missing or of another type do not stop an import', async (t) => {
  const { ts, ms_played, spotify_track_uri, ...names } = extended();
  const bare = {
    ts,
    ms_played,
    spotify_track_uri,
    master_metadata_track_name: names.master_metadata_track_name,
    master_metadata_album_artist_name: names.master_metadata_album_artist_name,
  };
  const rows = [
    bare,
    { ...bare, ts: '2021-03-05 05:06:07 UTC', constructor: 1, __proto__x: { deep: [[]] } },
    {
      ...bare,
      ts: '2021-03-06T05:06:07Z',
      shuffle: 'yes',
      conn_country: 7,
      platform: [],
      offline: '',
    },
    { ...bare, ts: 7 },
    { ...bare, ts: '2021-02-30T05:06:07Z', ms_played: '180000' },
    {},
  ];
  const { result } = await run(await folder(t, audio(rows)));
  assert.deepEqual([result.imported, result.left_out], [3, { unreadable: 3 }]);
  assert.deepEqual(
    result.examples.map(({ row }) => row),
    [4, 5, 6],
  );
});

test('whatever the values are, each row is imported as the contract says or counted under a reason', async (t) => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.double(),
    fc.constantFrom(
      null,
      true,
      false,
      '',
      '\ud800',
      'ZZ',
      '9999-12-31T23:59:59Z',
      '1970-01-01T00:00:00Z',
    ),
  );
  const keys = Object.keys(extended());
  const changes = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { maxLength: 8 }), async (rows) => {
      const path = await folder(t, audio(rows.map((row) => extended(row))));
      const { result } = await run(path);
      const leftOut = Object.values(result.left_out).reduce((sum, count) => sum + count, 0);
      assert.equal(rows.length, result.imported + leftOut);
    }),
    { numRuns: 100 },
  );
});

test('the bytes of the log hold no address, user name, user agent or device name', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-import-log-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = await folder(t, {
    ...audio([extended({ ip_addr: '198.51.100.23', skipped: true, reason_end: 'fwdbtn' })]),
  });
  const log = await openLog({ kind: 'file', directory }, { clock: Date.now });
  const producer = await log.producer();
  await importHistory({ paths: [path], user: 'ana', producer, stagingDirectory: directory });
  await producer.close();
  await log.close();
  let found = 0;
  for (const name of await readdir(directory)) {
    const bytes = (await readFile(join(directory, name))).toString('latin1');
    if (bytes.includes('Hyperballad')) found += 1;
    assert.doesNotMatch(
      bytes,
      /203\.0\.113\.77|198\.51\.100\.23|secret-user-name|secret-agent|SM-G973F/,
    );
  }
  assert.ok(found > 0, 'the event itself is there to be read');
});
