import assert from 'node:assert/strict';
import { test } from 'node:test';
import { literal, openDuckDb } from '../../src/duckdb.ts';
import { IdSearch } from '../../src/erasure/index.ts';

const rows: readonly (readonly [title: string, note: string])[] = [
  ['Song', 'for listener-7.'],
  ['listener-7', ''],
  ['listener-77', 'listener-7a of listener_7'],
  ['listener', '-7'],
  ['by "me"', 'call me'],
  ['me', 'Song'],
  ['call me', 'me and me'],
];

/** Places of the rows that SQL finds, and of those that the same search finds text by text. */
async function found(id: string) {
  const search = new IdSearch(id);
  const { connection, close } = await openDuckDb();
  const values = rows.map((texts, at) => `(${at}, ${texts.map(literal).join(', ')})`).join(', ');
  const reader = await connection.runAndReadAll(
    `select place from (values ${values}) as texts (place, title, note)
     where ${search.sqlOf('title', 'note')} order by place`,
  );
  const bySql = reader.getRows().map(([place]) => Number(place));
  close();
  const byText = rows.flatMap((texts, at) => (texts.some((one) => search.isIn(one)) ? [at] : []));
  return { bySql, byText };
}

test('an id is found in any of several columns, and neither in a longer word nor across two columns', async () => {
  assert.deepEqual(await found('listener-7'), { bySql: [0, 1], byText: [0, 1] });
});

test('an id that is a common word is found where it stands as a whole value', async () => {
  assert.deepEqual(await found('me'), { bySql: [4, 5], byText: [4, 5] });
});
