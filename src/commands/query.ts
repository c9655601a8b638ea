import { TonearmError } from '../errors.ts';
import { openLake } from '../lake/index.ts';
import { openQuery } from '../warehouse/index.ts';
import type { CommandContext, CommandResult } from './context.ts';

/** `tonearm query`: read-only SQL over lake, warehouse and marts. */
export async function query(
  context: CommandContext,
  options: { format: string; json?: boolean },
  [sql]: string[],
): Promise<CommandResult> {
  const format = options.json ? 'json' : options.format;
  if (!['table', 'json', 'csv'].includes(format)) {
    throw new TonearmError('TNA_USAGE', `--format is "${format}".`, {
      remedy: 'Choose table, json or csv.',
    });
  }
  const lake = await openLake(context.config, context.clock);
  const session = await openQuery(context.config, lake);
  try {
    const { columns, rows } = await session.query(sql!);
    if (format === 'json') {
      return { result: rows, text: JSON.stringify(rows) };
    }
    return { result: rows, text: format === 'csv' ? asCsv(columns, rows) : asTable(columns, rows) };
  } finally {
    await session.close();
  }
}

type Row = Record<string, unknown>;

const show = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);

function asCsv(columns: readonly string[], rows: readonly Row[]): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [columns, ...rows.map((row) => columns.map((name) => show(row[name])))]
    .map((line) => line.map(cell).join(','))
    .join('\n');
}

const widest = 48;

function asTable(columns: readonly string[], rows: readonly Row[]): string {
  const clip = (text: string) => (text.length > widest ? `${text.slice(0, widest - 1)}…` : text);
  const lines = rows.map((row) => columns.map((name) => clip(show(row[name]))));
  const widths = columns.map((name, index) =>
    Math.max(name.length, ...lines.map((line) => line[index]!.length)),
  );
  const numeric = columns.map((name) => rows.every((row) => typeof row[name] === 'number'));
  const format = (line: readonly string[]) =>
    line
      .map((text, index) =>
        numeric[index] ? text.padStart(widths[index]!) : text.padEnd(widths[index]!),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [format(columns), rule, ...lines.map(format), `${rows.length} rows`].join('\n');
}
