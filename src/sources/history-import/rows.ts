import { parse } from 'csv-parse';
import { TonearmError } from '../../errors.ts';
import type { ExportDocument } from './document.ts';
import { type RowBatch, readJsonRows } from './json-rows.ts';
import { unreadable } from './unreadable.ts';

const csvBatch = 500;
/** The CSV of lastfm-to-csv has no header. */
const columnsWithoutHeader = ['artist', 'album', 'track', 'date'];

/**
 * Rows of a file, a few at a time.
 * @throws TonearmError TNA_IMPORT_UNREADABLE naming file and place.
 */
export async function* readRows(document: ExportDocument): AsyncGenerator<RowBatch> {
  try {
    const stream = await document.open();
    if (/\.csv$/i.test(document.path)) yield* readCsvRows(stream);
    else yield* readJsonRows(stream, document.name);
  } catch (error) {
    if (error instanceof TonearmError) throw error;
    throw unreadable(document.name, `it cannot be read (${(error as Error).message})`, error);
  }
}

async function* readCsvRows(stream: NodeJS.ReadableStream): AsyncGenerator<RowBatch> {
  const columns = (first: string[]) =>
    first.includes('artist') && first.includes('track') ? first : undefined;
  let names: string[] | undefined;
  let values: unknown[] = [];
  let firstRow = 1;
  const records = stream.pipe(
    parse({ bom: true, relax_column_count: true, skip_empty_lines: true }),
  );
  stream.on('error', (error) => records.destroy(error));
  for await (const record of records as AsyncIterable<string[]>) {
    if (names === undefined) {
      names = columns(record);
      if (names !== undefined) continue;
      names = columnsWithoutHeader;
    }
    const cells = names.map((name, index) => [name, record[index]] as const);
    values.push(Object.fromEntries(cells));
    if (values.length < csvBatch) continue;
    yield { firstRow, values, sequence: false };
    firstRow += values.length;
    values = [];
  }
  if (values.length > 0) yield { firstRow, values, sequence: false };
}
