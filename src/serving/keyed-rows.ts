import type { LookedUpTable } from './mart-tables.ts';
import type { Marts } from './marts.ts';
import { RecentEntries } from './recent-entries.ts';

/** What is read of the rows that a table has of one listener or track. */
export interface KeyedRows<Row> {
  readonly table: LookedUpTable;
  readonly key: 'user_id' | 'track_id';
  /** SQL of the columns; none is null. */
  readonly columns: readonly string[];
  /** Makes a row of the texts of its columns. */
  readonly rowOf: (texts: readonly string[]) => Row;
}

/** SQL of a text that may be null; `textOrNull` reads it. */
export const nullable = (text: string): string => `coalesce('=' || ${text}, '')`;

export const textOrNull = (text: string): string | null => (text === '' ? null : text.slice(1));

/** These control characters stand between columns and between rows. */
const [columnEnd, rowEnd] = ['\u001f', '\u001e'];

const asText = (columns: readonly string[]): string =>
  `string_agg(concat_ws(chr(31), ${columns.join(', ')}), chr(30))`;

/** Of texts that hold such a character themselves, which nobody can see, it is left out. */
const without = (column: string): string =>
  `coalesce(translate((${column})::varchar, chr(30) || chr(31), ''), '')`;

/**
 * Reads the rows as one text: a value at a time takes the Node binding longer than DuckDB takes to read the rows, and JSON
 * takes DuckDB as long as the reading.
 */
export async function readText(
  marts: Marts,
  { table, key, columns }: KeyedRows<unknown>,
  value: string,
): Promise<string> {
  const read = async (texts: readonly string[]) => {
    const [row] = await marts.query<{ rows: number; text: string | null }>(
      `select count(*) as rows, ${asText(texts)} as text
       from ${marts.rowsOf(table, value)} where ${key} = $value`,
      { value },
    );
    return { rows: row?.rows ?? 0, text: row?.text ?? '' };
  };
  const given = await read(columns);
  const split = textsOf(given.text);
  const isWhole =
    split.length === given.rows && split.every(({ length }) => length === columns.length);
  return isWhole ? given.text : (await read(columns.map(without))).text;
}

const textsOf = (text: string): string[][] =>
  text === '' ? [] : text.split(rowEnd).map((row) => row.split(columnEnd));

/** The rows of a text that was read. */
export const rowsFrom = <Row>({ rowOf }: KeyedRows<Row>, text: string): Row[] =>
  textsOf(text).map(rowOf);

/** Characters that the server keeps, of all listeners together: of some 250,000 plays. */
const mostCharacters = 32 * 1024 * 1024;

/**
 * Texts of one version that were read last: a page asks several questions about one listener at once. They are kept
 * as they were read: to make rows of them is quick, and millions of small objects that stay for a while make each
 * collection of garbage a pause.
 */
export const recentTexts = (most: number = mostCharacters): RecentEntries<string> =>
  new RecentEntries(most, (question, { length }) => question.length + length);
