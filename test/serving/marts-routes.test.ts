import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { playMs, pointTo, publishMarts } from './marts-fixture.ts';
import { type ServerFixture, startFixture } from './server-fixture.ts';

const publishedAt = '2026-03-10T11:59:00.000Z';
/** Between the requests of a wait, ms: the server looks for new marts once a second. */
const pauseMs = 10;
const days = [
  { user: 'ana', day: '2026-03-01', plays: 5, privatePlays: 2 },
  { user: 'ana', day: '2026-03-02', plays: 4 },
  { user: 'Banana%', day: '2026-03-02', plays: 1 },
  { user: 'eve', day: '2026-03-03', plays: 7, privatePlays: 7 },
];

describe('routes over the marts', () => {
  let fixture: ServerFixture;
  before(async () => {
    fixture = await startFixture(({ martsDirectory }) =>
      publishMarts(martsDirectory, 'v1', publishedAt, days),
    );
  });
  after(() => fixture.close());

  test('status names the marts and what they cover', async () => {
    const { json } = await fixture.get('/api/status');
    assert.deepEqual(json, {
      version: '0.1.0',
      mart: { version: 'v1', published_at: publishedAt, age_seconds: 60 },
      last_run: null,
      notice: null,
      data: { first_day: '2026-03-01', last_day: '2026-03-02', listeners: 2, plays: 8 },
    });
  });

  test("everyone's days leave private plays out", async () => {
    const { json } = await fixture.get('/api/trends/daily');
    const day = (day: string, plays: number, listeners: number) => ({
      day,
      plays,
      streams: plays,
      skips: 0,
      ms_played: plays * playMs,
      listeners,
    });
    assert.deepEqual(json, { days: [day('2026-03-01', 3, 1), day('2026-03-02', 5, 2)] });
  });

  test("a listener's days have their own private plays, within the range", async () => {
    const { json } = await fixture.get('/api/trends/daily?user=ana&to=2026-03-01');
    assert.deepEqual(
      (json as { days: { day: string; plays: number }[] }).days.map(({ day, plays }) => [
        day,
        plays,
      ]),
      [['2026-03-01', 5]],
    );
  });

  test('top tracks of everyone, of a range and of one day', async () => {
    const all = (await fixture.get('/api/trends/top?kind=tracks')).json as unknown as Top;
    assert.equal(all.period, 'all time');
    assert.deepEqual(
      all.items.map(({ rank, id, plays }) => [rank, id, plays]),
      [
        [1, 'track-ana', 7],
        [2, 'track-Banana%', 1],
      ],
    );
    const open = await fixture.get('/api/trends/top?from=2026-03-01&to=9999-12-31');
    assert.equal((open.json as unknown as Top).items.length, 2);
    const range = await fixture.get('/api/trends/top?from=2026-03-02&to=2026-03-02&limit=1');
    assert.deepEqual(range.json, {
      period: 'range',
      items: [
        {
          rank: 1,
          id: 'track-ana',
          track: 'Track of ana',
          artist: 'Artist of ana',
          plays: 4,
          streams: 4,
          ms_played: 4 * playMs,
          skip_rate: 0,
          listeners: 1,
          first_played_at: '2026-03-02T00:00:00.000Z',
          last_played_at: '2026-03-02T00:00:00.000Z',
        },
      ],
    });
  });

  test('top artists of everyone and of one listener', async () => {
    const everyone = (await fixture.get('/api/trends/top?kind=artists&from=2026-03-02'))
      .json as unknown as Top;
    assert.deepEqual(
      everyone.items.map(({ artist, plays, skip_rate }) => [artist, plays, skip_rate]),
      [
        ['Artist of ana', 4, 0],
        ['Artist of Banana%', 1, 0],
      ],
    );
    const own = (await fixture.get('/api/trends/top?kind=artists&user=eve&from=2026-03-02'))
      .json as unknown as Top;
    assert.equal(own.period, 'range');
    assert.deepEqual(
      own.items.map(({ artist, plays }) => [artist, plays]),
      [['Artist of eve', 7]],
    );
    const later = await fixture.get('/api/trends/top?kind=artists&user=eve&from=2026-03-04');
    assert.deepEqual((later.json as unknown as Top).items, []);
  });

  test('the clock has 168 cells, and private plays only for their listener', async () => {
    for (const [path, plays] of [
      ['/api/trends/clock', 8],
      ['/api/trends/clock?user=ana', 9],
      ['/api/trends/clock?user=nobody', 0],
    ] as const) {
      const { cells } = (await fixture.get(path)).json as { cells: Cell[] };
      assert.equal(cells.length, 168);
      assert.deepEqual(cells[8], { weekday: 1, hour: 8, plays, ms_played: plays * playMs });
      assert.equal(
        cells.reduce((sum, cell) => sum + cell.plays, 0),
        plays,
      );
    }
  });

  test('listeners are found by any part of their name, as it is written', async () => {
    const names = async (query: string) => {
      const { total, items } = (await fixture.get(`/api/listeners?${query}`)).json as {
        total: number;
        items: { user_id: string; last_played_at: string | null }[];
      };
      return [total, ...items.map(({ user_id }) => user_id)];
    };
    assert.deepEqual(await names('q=AN'), [2, 'ana', 'Banana%']);
    assert.deepEqual(await names('q=%25'), [1, 'Banana%']);
    assert.deepEqual(await names("q=' or true --"), [0]);
    assert.deepEqual(await names('limit=1&offset=1'), [2, 'Banana%']);
  });

  test('one listener has a summary; an unknown one is a problem', async () => {
    const { json } = await fixture.get('/api/listeners/ana');
    assert.deepEqual(json, {
      user_id: 'ana',
      plays: 9,
      streams: 9,
      skips: 0,
      ms_played: 9 * playMs,
      first_played_at: '2026-03-01T08:00:00.000Z',
      last_played_at: '2026-03-02T20:00:00.000Z',
      tracks: 1,
      artists: 1,
    });
    const unknown = await fixture.get('/api/listeners/spotify%3Auser%3Ax');
    assert.equal(unknown.status, 404);
    assert.match(unknown.headers.get('content-type') ?? '', /^application\/problem\+json/);
  });

  test('parameters out of bounds are refused with their names', async () => {
    for (const [query, parameter] of [
      ['trends/top?limit=0', 'limit'],
      ['trends/top?limit=201', 'limit'],
      ['trends/top?kind=songs', 'kind'],
      ['trends/daily?from=2026-02-30', 'from'],
      ['trends/daily?from=2026-03-02&to=2026-03-01', 'from'],
      ['trends/daily?form=2026-03-02', '(request)'],
      [`listeners?q=${'x'.repeat(201)}`, 'q'],
      ['listeners?offset=-1', 'offset'],
      ['runs?limit=1000', 'limit'],
    ] as const) {
      const { status, json } = await fixture.get(`/api/${query}`);
      const { code, errors } = json as { code: string; errors: { parameter: string }[] };
      assert.equal(status, 400, query);
      assert.equal(code, 'TNA_SERVING_PARAMETER_INVALID');
      assert.deepEqual(
        errors.map((error) => error.parameter),
        [parameter],
      );
    }
  });

  test('a client that has the version already gets 304 without a body', async () => {
    const first = await fixture.get('/api/trends/daily');
    const etag = first.headers.get('etag') ?? '';
    assert.equal(etag, '"marts-v1"');
    for (const held of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await fixture.get('/api/trends/daily', { 'if-none-match': held });
      assert.equal(again.status, 304);
      assert.equal(again.text, '');
    }
    const other = await fixture.get('/api/trends/daily', { 'if-none-match': '"marts-v0"' });
    assert.equal(other.status, 200);
  });
});

test('a new version takes the place of the old one without failing a request', async () => {
  const fixture = await startFixture(({ martsDirectory }) =>
    publishMarts(martsDirectory, 'v1', publishedAt, days),
  );
  try {
    const { martsDirectory } = fixture.config;
    await publishMarts(martsDirectory, 'v2', '2026-03-10T12:00:00.000Z', [
      { user: 'zoe', day: '2026-03-09', plays: 1 },
    ]);
    const seen = new Set<string | null>();
    while (!seen.has('"marts-v2"')) {
      const answers = await Promise.all(
        ['daily', 'top', 'clock', 'daily?user=zoe'].map((path) =>
          fixture.get(`/api/trends/${path}`),
        ),
      );
      for (const { status, headers } of answers) {
        assert.equal(status, 200);
        seen.add(headers.get('etag'));
      }
      await delay(pauseMs);
    }
    const { json } = await fixture.get('/api/listeners/zoe');
    assert.equal((json as { plays: number }).plays, 1);
  } finally {
    await fixture.close();
  }
});

test('a version that cannot be read leaves the last good one on screen, with a notice', async () => {
  const fixture = await startFixture(async ({ martsDirectory }) => {
    await publishMarts(martsDirectory, 'v1', publishedAt, days);
  });
  try {
    const { martsDirectory } = fixture.config;
    await mkdir(join(martsDirectory, 'v2'));
    await writeFile(join(martsDirectory, 'v2', 'daily_listening_stats.parquet'), 'no parquet');
    await pointTo(martsDirectory, 'v2', publishedAt);
    let notice: string | null = null;
    while (notice === null) {
      const { json } = await fixture.get('/api/status');
      const status = json as { notice: string | null; mart: { version: string } };
      assert.equal(status.mart.version, 'v1');
      notice = status.notice;
      await delay(pauseMs);
    }
    assert.match(notice, /version v2 cannot be read/);
    assert.equal((await fixture.get('/api/listeners/ana')).status, 200);
  } finally {
    await fixture.close();
  }
});

interface Top {
  period: string;
  items: { rank: number; id: string; artist: string; plays: number; skip_rate: number | null }[];
}

interface Cell {
  plays: number;
}
