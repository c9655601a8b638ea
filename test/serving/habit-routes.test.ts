import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { playMs, publishMarts } from './marts-fixture.ts';
import { type ServerFixture, startFixture } from './server-fixture.ts';

const days = [
  { user: 'old', day: '2025-10-01', plays: 6 },
  { user: 'ana', day: '2026-02-27', plays: 2 },
  { user: 'ana', day: '2026-03-01', plays: 5, privatePlays: 2 },
  { user: 'ana', day: '2026-03-02', plays: 4 },
  { user: 'ben', day: '2026-03-02', plays: 1 },
  { user: 'eve', day: '2026-03-03', plays: 7, privatePlays: 7 },
];

describe('routes of habits, discovery and Wrapped', () => {
  let fixture: ServerFixture;
  const get = async <Answer>(path: string) => (await fixture.get(path)).json as unknown as Answer;
  before(async () => {
    fixture = await startFixture(({ martsDirectory }) =>
      publishMarts(martsDirectory, 'v1', '2026-03-10T11:59:00.000Z', days),
    );
  });
  after(() => fixture.close());

  test('a listener has top lists of any period, compared with the days before', async () => {
    const { items } = await get<{ items: Record<string, unknown>[] }>(
      '/api/trends/top?kind=albums&user=ana&from=2026-03-01&to=2026-03-03&compare=before',
    );
    assert.equal(items.length, 1);
    const { album, plays, previous_rank, first_played_at } = items[0]!;
    assert.deepEqual(
      [album, plays, previous_rank, first_played_at],
      ['Album of ana', 9, 1, '2026-03-01T08:00:00.000Z'],
    );
  });

  test("everyone's genres and clock of a period leave private plays out", async () => {
    const range = 'from=2026-03-01&to=2026-03-03';
    const { items } = await get<{ items: { id: string; plays: number; previous_rank: number }[] }>(
      `/api/trends/top?kind=genres&${range}&compare=before`,
    );
    assert.deepEqual(
      items.map(({ id, plays, previous_rank }) => [id, plays, previous_rank]),
      [['pop', 8, 1]],
    );
    const { cells } = await get<{ cells: { plays: number }[] }>(`/api/trends/clock?${range}`);
    assert.equal(
      cells.reduce((sum, { plays }) => sum + plays, 0),
      8,
    );
  });

  test('ranges as long as the calendar are compared with the days before them that exist', async () => {
    for (const kind of ['tracks', 'artists', 'albums', 'genres']) {
      for (const range of [
        'from=2026-03-01&to=9484-09-16',
        'from=0001-01-01&to=9999-12-31',
        'from=0000-01-01&to=0000-01-01',
      ]) {
        for (const user of ['', '&user=ana']) {
          const path = `/api/trends/top?kind=${kind}&${range}&compare=before${user}`;
          const { status, text } = await fixture.get(path);
          assert.equal(status, 200, `${path} ${text}`);
        }
      }
    }
  });

  test('habits count a session until 30 minutes without music, and skips by their second', async () => {
    const own = await get<Record<string, unknown>>('/api/trends/habits?user=ana');
    assert.deepEqual(own, {
      devices: [{ device: 'mobile', plays: 11, ms_played: 11 * playMs }],
      skipped_at: [{ second: 100, skips: 3 }],
      plays: 11,
      session_lengths: [
        { minutes_from: 0, sessions: 1, plays: 2, ms_played: 2 * playMs },
        { minutes_from: 5, sessions: 2, plays: 9, ms_played: 9 * playMs },
      ],
    });
    const everyone = await get<{ plays: number }>('/api/trends/habits?from=2026-03-03');
    assert.equal(everyone.plays, 0);
  });

  test('a day can be read play by play, by its listener', async () => {
    const { plays } = await get<{ plays: { timestamp: string; private: boolean }[] }>(
      '/api/trends/plays?user=ana&day=2026-03-01',
    );
    assert.deepEqual(
      plays.map((play) => play.private),
      [true, true, false, false, false],
    );
    assert.equal((await fixture.get('/api/trends/plays?day=2026-03-01')).status, 400);
  });

  test('discovery tells new from known; one artist alone is no variety', async () => {
    const answer = await get<{
      steps: Record<string, unknown>[];
      first: { timestamp: string };
      last: { timestamp: string };
    }>('/api/trends/discovery?user=ana&from=2026-02-27&to=2026-03-02');
    assert.deepEqual(
      answer.steps.map(({ start, new_artists, new_streams, diversity }) => [
        start,
        new_artists,
        new_streams,
        diversity,
      ]),
      [
        ['2026-02-27', 1, 2, 1],
        ['2026-03-01', 0, 0, 1],
        ['2026-03-02', 0, 0, 1],
      ],
    );
    assert.deepEqual(
      [answer.first.timestamp, answer.last.timestamp],
      ['2026-02-27T08:00:00Z', '2026-03-02T08:06:00Z'],
    );
  });

  test('what was new to everybody, and what everybody forgot', async () => {
    const { steps, found, forgotten, first } = await get<{
      steps: { new_streams: null }[];
      found: Record<string, unknown>[];
      forgotten: Record<string, unknown>[];
      first: null;
    }>('/api/trends/discovery?from=2026-03-01&to=2026-03-10');
    // The marts are as an earlier Tonearm published them, without daily_discovery.
    assert.ok(steps.length > 0 && steps.every(({ new_streams }) => new_streams === null));
    assert.deepEqual(found, [
      {
        artist: 'Artist of ben',
        track: null,
        first_played_at: '2026-03-02T00:00:00.000Z',
        streams: 1,
        ms_played: playMs,
      },
    ]);
    assert.deepEqual(
      forgotten.map(({ track, streams, last_played_at }) => [track, streams, last_played_at]),
      [['Track of old', 6, '2025-10-01T00:00:00.000Z']],
    );
    assert.equal(first, null);
  });

  test('a top list of everyone tells the first and last day within the period', async () => {
    const { items } = await get<{ items: Record<string, unknown>[] }>(
      '/api/trends/top?kind=tracks&from=2026-02-27&to=2026-03-01',
    );
    assert.deepEqual(
      items.map(({ track, first_played_at, last_played_at }) => [
        track,
        first_played_at,
        last_played_at,
      ]),
      [['Track of ana', '2026-02-27T00:00:00.000Z', '2026-03-01T00:00:00.000Z']],
    );
  });

  test('the race has the streams of each month', async () => {
    assert.deepEqual(await get('/api/trends/race?user=ana'), {
      rows: [
        { month: '2026-02', artist: 'Artist of ana', streams: 2 },
        { month: '2026-03', artist: 'Artist of ana', streams: 9 },
      ],
    });
    const { rows } = await get<{ rows: { artist: string }[] }>('/api/trends/race');
    assert.ok(rows.every(({ artist }) => artist !== 'Artist of eve'));
  });

  test('a Wrapped leaves private listening out and says when there is too little', async () => {
    const month = await get<{
      totals: { is_ready: boolean; plays: number };
      tops: { kind: string }[];
      days: { day: string }[];
      to: string;
    }>('/api/wrapped?user=ana&year=2026&month=3');
    assert.deepEqual(
      [month.totals.is_ready, month.totals.plays, month.to],
      [false, 7, '2026-03-31'],
    );
    assert.deepEqual(
      month.tops.map(({ kind }) => kind),
      ['album', 'artist', 'genre', 'track'],
    );
    const { periods } = await get<{ periods: { month: number | null; streams: number }[] }>(
      '/api/wrapped/periods?user=ana',
    );
    assert.deepEqual(
      periods.map(({ month: of, streams }) => [of, streams]),
      [
        [null, 9],
        [3, 7],
        [2, 2],
      ],
    );
    assert.equal((await fixture.get('/api/wrapped?user=eve&year=2026')).status, 404);
    assert.equal((await fixture.get('/api/wrapped?user=ana&year=2026&month=13')).status, 400);
  });
});
