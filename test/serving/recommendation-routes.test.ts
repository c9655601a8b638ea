import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { literal, openDuckDb } from '../../src/duckdb.ts';
import { publishMarts } from './marts-fixture.ts';
import { type ServerFixture, startFixture } from './server-fixture.ts';

const days = [{ user: 'ana', day: '2026-03-01', plays: 5 }];

/** Ana and ben have lists; the quality tier holds one for ana only, with its tracks the other way round. */
async function addRecommendations(directory: string, chosen: 'portable' | 'quality') {
  const { connection, close } = await openDuckDb();
  const write = (table: string, sql: string) =>
    connection.run(
      `copy (${sql}) to ${literal(join(directory, `${table}.parquet`))} (format parquet)`,
    );
  const list = (user: string, tracks: readonly string[]) =>
    tracks.map((track, place) => {
      const isNew = track === 'New';
      return `select ${literal(user)} as user_id, ${place + 1}::bigint as rank, '${track}' as track_id,
        '${track} song' as track, '${track} band' as artist, null::varchar as album, 'rock' as genre,
        'taste' as source, 1.0::double as score, 'own' as because_track_id, 'Own song' as because_track,
        'Own band' as because_artist, null::varchar as also_because_track_id,
        null::varchar as also_because_track, null::varchar as also_because_artist, ${isNew} as is_new_artist,
        ${isNew ? 0 : 0.5}::double as artist_share, ${isNew ? 0.1 : 0.9}::double as popularity,
        3::bigint as listeners, 1::bigint as built_from_version`;
    });
  const portable = [...list('ana', ['Old', 'Mid', 'New']), ...list('ben', ['Mid', 'Own2'])];
  await write('user_recommendations', portable.join(' union all '));
  await write('recommendations', list('ana', ['New', 'Mid', 'Old']).join(' union all '));
  await write(
    'recommendation_choice',
    `select '${chosen}' as tier, 'a way' as method, '[]' as parts, true as is_chosen, 'It found more.' as reason,
       0.3::double as ndcg, 0.2::double as recall_10, 0.2::double as recall_20, 0.1::double as coverage,
       2::bigint as listeners, timestamptz '2026-03-01 00:00:00+00' as chosen_at`,
  );
  await write(
    'track_catalogue',
    `select * from (values ('Old', 'Old song', 'Old band', 'old band', 'rock', 3, 1), ('Mid', 'Mid song', 'Mid band', 'mid band', 'rock', 2, 2),
       ('New', 'New song', 'New band', 'new band', 'jazz', 1, 3)) as t(track_id, track, artist, artist_key, genre, listeners, place)`,
  );
  await write(
    'track_similarity',
    "select 'Old' as track_id, 'New' as similar_track_id, 1::bigint as rank",
  );
  await write(
    'listener_taste',
    `select * from (values ('ana', 'Own2', 'mid band', 4), ('ben', 'own', 'mid band', 2)) as t(user_id, track_id, artist_key, streams)`,
  );
  close();
}

describe('routes of recommendations', () => {
  let fixture: ServerFixture;
  const publish = (chosen: 'portable' | 'quality') =>
    startFixture(async ({ martsDirectory }) => {
      await publishMarts(martsDirectory, 'v1', '2026-03-10T11:59:00.000Z', days);
      await addRecommendations(join(martsDirectory, 'v1'), chosen);
    });
  before(async () => {
    fixture = await publish('portable');
  });
  after(() => fixture.close());
  const tracks = async (path: string, from = fixture) =>
    ((await from.get(path)).json as { items: { track_id: string }[] }).items.map(
      (item) => item.track_id,
    );

  test('a list has its reasons, and stays as computed in the middle of the control', async () => {
    const { json, headers } = await fixture.get('/api/recommendations?user=ana&limit=1');
    assert.deepEqual((json as { items: unknown[] }).items[0], {
      rank: 1,
      track_id: 'Old',
      track: 'Old song',
      artist: 'Old band',
      genre: 'rock',
      source: 'taste',
      because: [{ track_id: 'own', track: 'Own song', artist: 'Own band' }],
      is_new_artist: false,
      popularity: 0.9,
      listeners: 3,
    });
    assert.equal(headers.get('etag'), '"marts-v1"');
    assert.deepEqual(await tracks('/api/recommendations?user=ana'), ['Old', 'Mid', 'New']);
  });

  test('adventurous brings artists that are new, and new_artists leaves only those', async () => {
    assert.deepEqual(await tracks('/api/recommendations?user=ana&adventure=1'), [
      'New',
      'Old',
      'Mid',
    ]);
    assert.deepEqual(await tracks('/api/recommendations?user=ana&new_artists=true'), ['New']);
    assert.deepEqual(await tracks('/api/recommendations?user=nobody'), []);
    const refused = await fixture.get('/api/recommendations?user=ana&adventure=2');
    assert.equal(refused.status, 400);
    assert.match(refused.headers.get('content-type')!, /problem\+json/);
  });

  test('where the quality tier was chosen its lists are shown, and the portable ones for whom it lacks', async (t) => {
    const other = await publish('quality');
    t.after(() => other.close());
    assert.deepEqual(await tracks('/api/recommendations?user=ana', other), ['New', 'Mid', 'Old']);
    assert.deepEqual(await tracks('/api/recommendations?user=ben', other), ['Mid', 'Own2']);
  });

  test('a blend begins with what is in both lists and leaves out what one of them plays', async () => {
    const { json } = await fixture.get('/api/recommendations/blend?user=ana&with=ben');
    const blend = json as {
      shared_artists: string[];
      items: { track_id: string; for_both: boolean; list_of: string | null }[];
    };
    assert.deepEqual(blend.shared_artists, ['Mid band']);
    assert.deepEqual(
      blend.items.map((item) => [item.track_id, item.for_both, item.list_of]),
      [
        ['Mid', true, null],
        ['Old', false, 'ana'],
        ['New', false, 'ana'],
      ],
    );
  });

  test('a blend with somebody unknown says who that is, each time it is asked for', async () => {
    for (const query of ['user=ana&with=nobody', 'user=nobody&with=ana', 'user=ana&with=nobody']) {
      const { status, json } = await fixture.get(`/api/recommendations/blend?${query}`);
      assert.equal(status, 404, query);
      assert.equal(
        (json as { detail: string }).detail,
        'The marts hold no plays of a listener named nobody.',
      );
    }
  });

  test('similar tracks: by listeners, else by artist and genre, and 404 for an unknown one', async () => {
    assert.deepEqual(await tracks('/api/tracks/Old/similar'), ['New']);
    const alone = await fixture.get('/api/tracks/Mid/similar');
    assert.equal((alone.json as { source: string }).source, 'popular');
    assert.deepEqual(await tracks('/api/tracks/Mid/similar'), ['Old']);
    assert.equal((await fixture.get('/api/tracks/none/similar')).status, 404);
    assert.deepEqual(await tracks('/api/tracks?q=MID%20b'), ['Mid']);
  });

  test('the choice is shown with its reason, and marts without recommendations answer empty lists', async (t) => {
    const { json } = await fixture.get('/api/recommendations/choice');
    assert.equal((json as { ways: { reason: string }[] }).ways[0]!.reason, 'It found more.');
    const plain = await startFixture(({ martsDirectory }) =>
      publishMarts(martsDirectory, 'v0', '2026-03-10T11:59:00.000Z', days),
    );
    t.after(() => plain.close());
    assert.deepEqual(await tracks('/api/recommendations?user=ana', plain), []);
    assert.deepEqual((await plain.get('/api/recommendations/choice')).json, { ways: [] });
  });
});
