import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { literal, openDuckDb } from '../../src/duckdb.ts';
import { type KeyedRows, nullable, textOrNull } from '../../src/serving/keyed-rows.ts';
import { Marts } from '../../src/serving/marts.ts';
import { publishMarts } from './marts-fixture.ts';

const names: KeyedRows<{ rank: number; track: string; genre: string | null }> = {
  table: 'recommendations',
  key: 'user_id',
  columns: ['rank', 'track', nullable('genre')],
  rowOf: (texts) => ({
    rank: Number(texts[0]),
    track: texts[1]!,
    genre: textOrNull(texts[2]!),
  }),
};

/** Tracks and genres of two listeners; one has names with the characters that stand between rows and columns. */
const listed: Record<string, [track: string, genre: string | null][]> = {
  ana: [
    ['Plain', 'rock'],
    ['', ''],
    ['= "quoted" \\ 🎵\n', '='],
    ['No genre', null],
  ],
  ben: [
    ['One\u001frock\u001e2\u001fTwo', 'jazz'],
    ['\u001e', '\u001f'],
    ['Three', null],
  ],
};

describe('rows of a listener, read as one text', () => {
  let directory: string;
  let marts: Marts;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tonearm-keyed-'));
    const days = [{ user: 'ana', day: '2026-03-01', plays: 5 }];
    await publishMarts(directory, 'v1', '2026-03-10T11:59:00.000Z', days);
    const { connection, close } = await openDuckDb();
    const rows = Object.entries(listed).flatMap(([user, tracks]) =>
      tracks.map(
        ([track, genre], place) =>
          `(${literal(user)}, ${place + 1}, ${literal(track)}, ${genre === null ? 'null' : literal(genre)})`,
      ),
    );
    await connection.run(
      `copy (from (values ${rows.join(', ')}) as rows (user_id, rank, track, genre))
       to ${literal(join(directory, 'v1/recommendations.parquet'))} (format parquet)`,
    );
    close();
    marts = await Marts.load({ version: 'v1', publishedAt: '', directory: join(directory, 'v1') });
  });
  after(async () => {
    marts.retire();
    await rm(directory, { recursive: true });
  });

  const rowsOf = async (user: string) =>
    (await marts.keyed(names, user)).map(({ rank, track, genre }) => [rank, track, genre]);

  test('empty texts and texts that are missing stay what they are', async () => {
    assert.deepEqual(
      await rowsOf('ana'),
      listed.ana!.map(([track, genre], place) => [place + 1, track, genre]),
    );
  });

  test('a name with the characters that stand between rows makes no rows', async () => {
    assert.deepEqual(await rowsOf('ben'), [
      [1, 'Onerock2Two', 'jazz'],
      [2, '', ''],
      [3, 'Three', null],
    ]);
  });

  test('nobody has no rows', async () => {
    assert.deepEqual(await rowsOf('nobody'), []);
  });
});
