/** Cells of rows that a test found. */
export type Cell = string | number | boolean | null;

/** Columns whose texts come from our own models and contracts: no listener, and nothing that a listener chose. */
const shownColumns = new Set([
  ...[
    'topic',
    'source',
    'device',
    'country',
    'code',
    'origin_topic',
    'table_name',
    'model',
    'unit',
  ],
]);
/** Dates and times, and UUIDs, which say nothing of whose they are. */
const shownText =
  /^(\d{4}-\d{2}-\d{2}([T ][\d:.]+(Z|[+-]\d{2}(:?\d{2})?)?)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * Rows for those who look after the pipeline and may see no single listener: texts are left out, for any of them may
 * be a listener or what one heard. Equal texts of a column keep an equal number, so that it still shows whether the
 * rows are one listener's or many's.
 */
export function withTextsHidden(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): { rows: Cell[][]; hidden: string[] } {
  const numbers = columns.map(() => new Map<string, number>());
  const hide = (cell: Cell, index: number): Cell => {
    if (typeof cell !== 'string' || shownColumns.has(columns[index]!) || shownText.test(cell)) {
      return cell;
    }
    const known = numbers[index]!;
    const number = known.get(cell) ?? known.size + 1;
    known.set(cell, number);
    return `hidden ${number}`;
  };
  const hiddenRows = rows.map((row) => row.map(hide));
  return { rows: hiddenRows, hidden: columns.filter((_, index) => numbers[index]!.size > 0) };
}
