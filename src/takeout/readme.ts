import type { TakeoutFile } from './index.ts';

/** The page of a takeout that says what each file is. */
export function readme(user: string, now: number, files: readonly TakeoutFile[]): string {
  const rows = files.map(
    ({ name, rows, about }) => `| \`${name}\` | ${rows.toLocaleString('en')} | ${about} |`,
  );
  return [
    `# What is kept of ${user}`,
    '',
    `As of ${new Date(now).toISOString()}. Times are UTC. JSON files are arrays of objects, but for \`spotify.json\`,`,
    'which is one object. Parquet files open with DuckDB, Polars, pandas or Spark.',
    '',
    '| file | rows | what it is |',
    '|---|---|---|',
    ...rows,
    '',
    '- `events/` is what happened, as it was received. `duration` is how long you listened, in milliseconds;',
    '  `timestamp` is when it began. Fields that begin with `_` say where the record came from and when.',
    '- `derived/` was computed from the events. `ms_played` is listened time in milliseconds; a stream is a',
    '  listen of 30 seconds or more.',
    '- Nothing about others is in here, and no password or token.',
    '',
  ].join('\n');
}
