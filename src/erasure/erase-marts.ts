/** Published marts without a listener: every version that is kept, whichever may be shown again. */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type DuckDBConnection, identifier, literal, openDuckDb } from '../duckdb.ts';
import { isHalfWritten } from '../lake/file-errors.ts';
import {
  type CurrentMarts,
  forgetParts,
  martFiles,
  readCurrentMarts,
  rowsOfFiles,
  swapPointer,
  tableOfFile,
} from '../warehouse/index.ts';
import type { IdSearch } from './id-search.ts';

/** The marks of a file that is being rewritten: one that is found was left by a crash. */
export const unfinished = '.erasing';

/** SQL that is true for rows in which some column is the id or names it; undefined without columns of text. */
export async function rowCondition(
  connection: DuckDBConnection,
  source: string,
  search: IdSearch,
): Promise<string | undefined> {
  const reader = await connection.runAndReadAll(`describe select * from ${source}`);
  const texts = reader
    .getRows()
    .filter(([, type]) => /VARCHAR|JSON/.test(String(type)))
    .map(([name, type]) =>
      type === 'VARCHAR'
        ? `coalesce(${identifier(String(name))}, '')`
        : `coalesce(cast(${identifier(String(name))} as varchar), '')`,
    );
  if (texts.length === 0) return undefined;
  return search.sqlOf(...texts);
}

/**
 * Rewrites a Parquet file without the rows that name the id. One that a killed process left half-written
 * is deleted: nobody knows what it holds. @returns rows that went, and rows that are left.
 */
export async function eraseFromParquet(
  connection: DuckDBConnection,
  path: string,
  search: IdSearch,
): Promise<{ erased: number; left: number }> {
  try {
    return await rewriteParquet(connection, path, search);
  } catch (error) {
    if (!isHalfWritten(error)) throw error;
    await rm(path, { force: true });
    return { erased: 0, left: 0 };
  }
}

async function rewriteParquet(
  connection: DuckDBConnection,
  path: string,
  search: IdSearch,
): Promise<{ erased: number; left: number }> {
  const source = `read_parquet(${literal(path)}, hive_partitioning = false)`;
  const condition = await rowCondition(connection, source, search);
  if (condition === undefined) {
    const all = await connection.runAndReadAll(`select count(*)::integer from ${source}`);
    return { erased: 0, left: Number(all.getRows()[0]![0]) };
  }
  const counted = await connection.runAndReadAll(
    `select count(*) filter (${condition})::integer, count(*)::integer from ${source}`,
  );
  const [erased, all] = counted.getRows()[0]!.map(Number) as [number, number];
  if (erased > 0) {
    await connection.run(
      `copy (select * from ${source} where not ${condition})
       to ${literal(`${path}${unfinished}`)} (format parquet, compression zstd)`,
    );
    await rename(`${path}${unfinished}`, path);
  }
  return { erased, left: all - erased };
}

/**
 * Erases a listener from every kept version. What is shown gets a new name, so that servers which hold
 * it in memory load it again. @returns rows that went, by version.
 */
export async function eraseFromMarts(
  config: Config,
  search: IdSearch,
  now: number,
): Promise<{ rows: number; versions: number }> {
  const entries = await readdir(config.martsDirectory, { withFileTypes: true }).catch(() => []);
  const database = await openDuckDb({ threads: '2' });
  let rows = 0;
  let versions = 0;
  try {
    const shown = await readCurrentMarts(config);
    for (const entry of entries) {
      if (!entry.isDirectory()) continue;
      const directory = join(config.martsDirectory, entry.name);
      const counts = new Map<string, number>();
      let here = 0;
      for (const name of await readdir(directory)) {
        if (name.endsWith(unfinished)) await rm(join(directory, name), { force: true });
        const table = tableOfFile(name);
        if (table === undefined) continue;
        const path = join(directory, name);
        const { erased, left } = await eraseFromParquet(database.connection, path, search);
        here += erased;
        counts.set(table, (counts.get(table) ?? 0) + left);
      }
      for (const [table, files] of await martFiles(directory)) {
        if (files.newestBy === undefined && files.addedUp === undefined) continue;
        // Its files hold more rows than the table has.
        const counted = await database.connection.runAndReadAll(
          `select count(*)::integer from ${rowsOfFiles(files)}`,
        );
        counts.set(table, Number(counted.getRows()[0]![0]));
      }
      await forgetParts(directory);
      versions += 1;
      rows += here;
      // What is shown is renewed in any case: a crash may have come between the files and this.
      if (here > 0 || entry.name === shown?.version)
        await correctManifest(config, entry.name, counts, shown?.version, now);
    }
    return { rows, versions };
  } finally {
    database.close();
  }
}

async function correctManifest(
  config: Config,
  version: string,
  counts: ReadonlyMap<string, number>,
  shown: string | undefined,
  now: number,
): Promise<void> {
  const directory = join(config.martsDirectory, version);
  const path = join(directory, 'manifest.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const manifest = JSON.parse(text) as CurrentMarts;
  const name = version === shown ? renewedVersion(version, now) : version;
  const corrected: CurrentMarts = {
    ...manifest,
    version: name,
    tables: { ...manifest.tables, ...Object.fromEntries(counts) },
  };
  await writeFile(`${path}.tmp`, `${JSON.stringify(corrected, null, 2)}\n`);
  await rename(`${path}.tmp`, path);
  if (name === version) return;
  await rename(directory, join(config.martsDirectory, name));
  await swapPointer(config.martsDirectory, corrected);
}

/** Names of versions sort by time; a renewed one comes before any later publish. */
const renewedVersion = (version: string, now: number): string => {
  const time = new Date(now).toISOString().replaceAll(/[-:.]/g, '');
  return time > version ? time : `${version}e`;
};
