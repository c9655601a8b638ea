import assert from 'node:assert/strict';
import { openDuckDb } from '../../src/duckdb.ts';
import { publishedMarts } from '../../src/serving/index.ts';
import { Marts } from '../../src/serving/marts.ts';
import { wrapped, wrappedPeriods } from '../../src/serving/wrapped-queries.ts';
import { martFiles, rowsOfFiles } from '../../src/warehouse/mart-files.ts';

/** Of more years than these one in ten is compared. */
const most = 40;

/** What the API and gold both tell of a year. */
const figures = [
  'is_ready',
  'plays',
  'streams',
  'skips',
  'ms_played',
  'tracks',
  'artists',
  'new_artists',
  'days',
  'first_track',
  'first_artist',
] as const;

/**
 * The API counts a Wrapped of any period from the plays; gold.wrapped and gold.wrapped_tops count years on their own.
 * Compares both for every listener and year.
 * @returns the years that were compared, those ready to show and not.
 */
export async function assertSameWrapped(
  martsDirectory: string,
): Promise<{ year: number; ready: boolean }[]> {
  const published = await publishedMarts({ martsDirectory });
  assert.ok(published !== undefined, 'nothing is published');
  const marts = await Marts.load(published);
  const files = await martFiles(published.directory);
  const { connection, close } = await openDuckDb();
  const rowsOf = async (table: string) => {
    const rows = rowsOfFiles(files.get(table)!);
    return (await connection.runAndReadAll(`from ${rows}`)).getRowObjectsJS();
  };
  try {
    // Those with most plays first: of some hundred listeners a part is enough.
    const years = (await rowsOf('wrapped'))
      .sort((one, other) => Number(other.plays) - Number(one.plays))
      .filter((_, place) => place < most || place % 10 === 0);
    const tops = await rowsOf('wrapped_tops');
    for (const row of years) {
      const [user, year] = [String(row.user_id), Number(row.year)];
      const place = `${user} in ${year}`;
      const told = await wrapped(marts, user, `${year}-01-01`, `${year}-12-31`);
      assert.ok(told !== undefined, place);
      const { totals, new_artists, days } = told;
      const all: Record<string, unknown> = { ...totals, new_artists };
      for (const name of figures)
        assert.equal(String(all[name]), String(row[name]), `${place}: ${name}`);
      const busiest = days.reduce((best, day) => (day.ms_played > best.ms_played ? day : best));
      assert.equal(busiest.ms_played, Number(row.busiest_day_ms_played), place);
      assert.deepEqual(
        told.tops
          .filter(({ kind }) => kind !== 'album')
          .map((top) =>
            [top.kind, top.rank, top.name, top.artist, top.streams, top.ms_played].join('|'),
          )
          .sort(),
        tops
          .filter((top) => top.user_id === user && top.year === year)
          .map((top) =>
            [top.kind, top.rank, top.name, top.artist, top.streams, top.ms_played].join('|'),
          )
          .sort(),
        place,
      );
      const offered = (await wrappedPeriods(marts, user)).find(
        (one) => one.year === year && one.month === null,
      );
      assert.equal(offered?.is_ready, row.is_ready, place);
    }
    return years.map((row) => ({ year: Number(row.year), ready: row.is_ready === true }));
  } finally {
    close();
    marts.retire();
  }
}
