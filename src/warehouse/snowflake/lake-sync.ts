/** Keeps Snowflake in step with the lake before a build: external tables, list of files, records of runs. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LakeTableName, lakeTableNames } from '../../../contracts/lake-tables.ts';
import { TonearmError } from '../../errors.ts';
import type { LakeFile } from '../../lake/lake-file.ts';
import type { Ask } from './session.ts';

export interface SyncResult {
  /** `ALTER EXTERNAL TABLE … REFRESH` that were run. */
  readonly refreshes: number;
  /** Files that were added to the list, changed in it or taken from it. */
  readonly files: number;
}

/** Values in one statement; Snowflake takes 16,384 rows of literals, and more binds go over a stage. */
const rowsAStatement = 1000;

/** Path as `metadata$filename` has it: within the bucket. */
export const pathInBucket = (path: string): string =>
  path.replace(/^s3:\/\/[^/]+\//, '').replace(/^\//, '');

/**
 * Folders below a table that cover all of some files: hours; where they are many, days, months, years.
 * One refresh lists a folder, so few large ones cost less than many small ones.
 */
export function foldersToRefresh(paths: readonly string[], most = 24): string[] {
  const hours = paths.map((path) => /year=\d+\/month=\d+\/day=\d+\/hour=\d+\//.exec(path)![0]);
  let folders: string[] = [];
  for (const parts of [4, 3, 2, 1]) {
    folders = [...new Set(hours.map((hour) => `${hour.split('/').slice(0, parts).join('/')}/`))];
    if (folders.length <= most) break;
  }
  return folders.sort();
}

interface Listed {
  readonly table_name: string;
  readonly path: string;
  readonly version: unknown;
  readonly live: unknown;
}

/**
 * Refreshes what changed since the last build and fills `lake.lake_files`. The list is written last and in one
 * transaction: cut short before, it is all done again.
 * @throws TonearmError TNA_LAKE_ROWS_DIFFER where Snowflake reads fewer rows of a new file than the log counts
 */
export async function syncLake(
  ask: Ask,
  database: string,
  files: readonly LakeFile[],
): Promise<SyncResult> {
  const listed = (await ask(
    `select table_name, path, version, live from ${database}.lake.lake_files`,
  )) as unknown as Listed[];
  const key = (table: string, path: string) => `${table} ${path}`;
  const known = new Map(listed.map((one) => [key(one.table_name, one.path), one]));
  const wanted = new Map(files.map((file) => [key(file.table, pathInBucket(file.path)), file]));
  const fresh = [...wanted].filter(([name]) => !known.has(name)).map(([, file]) => file);
  const gone = [...known].filter(([name]) => !wanted.has(name)).map(([, one]) => one);
  const changed = [...wanted].filter(([name, file]) => {
    const before = known.get(name);
    return (
      before !== undefined &&
      (Number(before.version) !== file.version || isTrue(before.live) !== file.live)
    );
  });
  let refreshes = 0;
  for (const table of lakeTableNames) {
    const paths = [
      ...fresh.filter((file) => file.table === table).map((file) => file.path),
      ...gone.filter((one) => one.table_name === table).map((one) => one.path),
    ];
    for (const folder of foldersToRefresh(paths)) {
      await ask(`alter external table ${database}.lake.${table} refresh '${folder}'`);
      refreshes += 1;
    }
    await compareRows(
      ask,
      database,
      table,
      fresh.filter((file) => file.table === table),
    );
  }
  const outdated = [...gone, ...changed.map(([name]) => known.get(name)!)];
  const added = [...fresh, ...changed.map(([, file]) => file)];
  await rewriteList(ask, database, outdated, added);
  return { refreshes, files: gone.length + added.length };
}

const isTrue = (value: unknown): boolean => value === true || value === 'true' || value === 1;

/** Snowflake passes over a Parquet file that it cannot read, or reads part of it: rows are counted. */
async function compareRows(
  ask: Ask,
  database: string,
  table: LakeTableName,
  fresh: readonly LakeFile[],
): Promise<void> {
  if (fresh.length === 0) return;
  const counted = new Map<string, number>();
  for (const folder of foldersToRefresh(fresh.map((file) => file.path))) {
    const inFolder = [...folder.matchAll(/(\w+)=(\d+)/g)]
      .map(([, part, value]) => `${part} = ${Number(value)}`)
      .join(' and ');
    const rows = await ask(
      `select _file, count(*) as n from ${database}.lake.${table} where ${inFolder} group by _file`,
    );
    for (const row of rows) counted.set(String(row._file), Number(row.n));
  }
  for (const file of fresh) {
    const found = counted.get(pathInBucket(file.path)) ?? 0;
    if (found === file.rows) continue;
    throw new TonearmError(
      'TNA_LAKE_ROWS_DIFFER',
      `Snowflake reads ${found} rows of ${file.path}, and the lake's log counts ${file.rows}.`,
      {
        remedy:
          'Nothing was built. See whether the file is whole and the storage integration may read it (./tonearm warehouse check), then run again.',
      },
    );
  }
}

async function rewriteList(
  ask: Ask,
  database: string,
  outdated: readonly Listed[],
  added: readonly LakeFile[],
): Promise<void> {
  if (outdated.length === 0 && added.length === 0) return;
  await inTransaction(ask, async () => {
    for (const rows of chunks(outdated)) {
      for (const table of new Set(rows.map((one) => one.table_name))) {
        const paths = rows.filter((one) => one.table_name === table).map((one) => one.path);
        const places = paths.map(() => '?').join(', ');
        await ask(
          `delete from ${database}.lake.lake_files where table_name = ? and path in (${places})`,
          [table, ...paths],
        );
      }
    }
    for (const rows of chunks(added)) {
      const values = rows.map((file) => {
        const [year, month, day, hour] = [...file.path.matchAll(/(?:year|month|day|hour)=(\d+)/g)]
          .slice(-4)
          .map(([, value]) => Number(value));
        const path = text(pathInBucket(file.path));
        return `(${text(file.table)}, ${path}, ${year}, ${month}, ${day}, ${hour}, ${file.version}, ${file.rows}, ${file.live}, ${file.dataChange})`;
      });
      await ask(
        `insert into ${database}.lake.lake_files (table_name, path, year, month, day, hour, version, row_count, live, data_change) values ${values.join(', ')}`,
      );
    }
  });
}

/** Records of runs that Snowflake lacks, for gold.pipeline_health; those no longer kept go. */
export async function syncRunRecords(
  ask: Ask,
  database: string,
  directory: string,
): Promise<number> {
  const names = (await readdir(directory).catch(() => [])).filter((one) => one.endsWith('.json'));
  const ids = new Set(names.map((one) => one.slice(0, -'.json'.length)));
  const known = new Set(
    (await ask(`select run_id from ${database}.lake.run_records`)).map((row) => String(row.run_id)),
  );
  const gone = [...known].filter((id) => !ids.has(id));
  const fresh = [...ids].filter((id) => !known.has(id));
  if (gone.length === 0 && fresh.length === 0) return 0;
  await inTransaction(ask, async () => {
    for (const part of chunks(gone)) {
      const places = part.map(() => '?').join(', ');
      await ask(`delete from ${database}.lake.run_records where run_id in (${places})`, part);
    }
    for (const id of fresh) {
      const record = await readFile(join(directory, `${id}.json`), 'utf8');
      await ask(
        `insert into ${database}.lake.run_records (run_id, record) select ?, parse_json(?)`,
        [id, record],
      );
    }
  });
  return fresh.length;
}

async function inTransaction(ask: Ask, work: () => Promise<void>): Promise<void> {
  await ask('begin');
  try {
    await work();
    await ask('commit');
  } catch (error) {
    await ask('rollback').catch(() => undefined);
    throw error;
  }
}

const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

function chunks<T>(values: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < values.length; start += rowsAStatement) {
    parts.push(values.slice(start, start + rowsAStatement));
  }
  return parts;
}
