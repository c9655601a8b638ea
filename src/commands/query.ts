import { TonearmError } from '../errors.ts';
import { type AsOf, filesAsOf } from '../lake/as-of.ts';
import { type Lake, openLake } from '../lake/index.ts';
import { martsAsOf, openQuery, type QuerySession } from '../warehouse/index.ts';
import type { CommandContext, CommandResult } from './context.ts';

/** `tonearm query`: read-only SQL over lake, warehouse and marts. */
export async function query(
  context: CommandContext,
  options: { format: string; json?: boolean; asOf?: string },
  [sql]: string[],
): Promise<CommandResult> {
  const format = options.json ? 'json' : options.format;
  if (!['table', 'json', 'csv'].includes(format)) {
    throw new TonearmError('TNA_USAGE', `--format is "${format}".`, {
      remedy: 'Choose table, json or csv.',
    });
  }
  const lake = await openLake(context.config, context.clock);
  const session = await openSession(context, lake, options.asOf);
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

/**
 * Sees the present, or the past: a whole number is a version of the lake's tables, a name one of the
 * marts (the lake then as of its publication), anything else a time.
 */
async function openSession(
  { config }: CommandContext,
  lake: Lake,
  asOf: string | undefined,
): Promise<QuerySession> {
  if (asOf === undefined) return openQuery(config, lake);
  if (/^\d{1,9}$/.test(asOf)) {
    return openQuery(config, await lakeAsOf(lake, { version: Number(asOf) }), { past: true });
  }
  const isVersion = /^\d{8}T\d{9}Z$/.test(asOf);
  if (!isVersion && Number.isNaN(Date.parse(asOf))) {
    throw new TonearmError('TNA_USAGE', `--as-of is "${asOf}".`, {
      remedy: 'Give a version of the marts, a version of the lake or a time (RFC 3339).',
    });
  }
  const marts = await martsAsOf(config, asOf).catch((error) => {
    if (isVersion) throw error;
    return undefined;
  });
  const time = isVersion ? Date.parse(marts!.published_at) : Date.parse(asOf);
  return openQuery(config, await lakeAsOf(lake, { time }), {
    past: true,
    ...(marts === undefined ? {} : { marts }),
  });
}

/** Of the tables that reach that moment; asked for a version, others are as if empty. */
async function lakeAsOf(lake: Lake, asOf: AsOf): Promise<Pick<Lake, 'files' | 'store'>> {
  const found = await Promise.allSettled(
    Object.values(lake.tables).map((table) => filesAsOf(table, asOf)),
  );
  const reached = found.filter((one) => one.status === 'fulfilled');
  if (reached.length === 0) throw (found[0] as PromiseRejectedResult).reason;
  const files = reached.flatMap((one) => one.value);
  return { files: () => files, store: lake.store };
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
