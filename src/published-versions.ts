/** How far the published marts have followed the lake: versions of its tables, in one small file. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lakeTopics } from '../contracts/index.ts';
import type { LakeTableName } from '../contracts/lake-tables.ts';
import type { Config } from './config.ts';
import type { LakeFile } from './lake/lake-file.ts';

/** Version of the newest commit with new rows, by table. */
export type Versions = Readonly<Record<string, number>>;

/** Newest version with new rows of each table that models read. */
export function dataVersions(files: readonly LakeFile[]): Versions {
  const versions: Record<string, number> = Object.fromEntries(
    [...lakeTopics, 'dead_letters' as const].map((name) => [name, 0]),
  );
  for (const file of files) {
    const newest = versions[file.table];
    if (file.dataChange && newest !== undefined)
      versions[file.table] = Math.max(newest, file.version);
  }
  return versions;
}

export const sameVersions = (left: Versions, right: Versions): boolean =>
  Object.keys(right).every((name) => left[name] === right[name]);

const path = (config: Pick<Config, 'dataDirectory'>) =>
  join(config.dataDirectory, 'run', 'published-versions.json');

/** What the last publish had taken in; undefined before the first. */
export async function readPublishedVersions(
  config: Pick<Config, 'dataDirectory'>,
): Promise<Versions | undefined> {
  const text = await readFile(path(config), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Versions);
}

export async function writePublishedVersions(
  config: Pick<Config, 'dataDirectory'>,
  versions: Versions,
): Promise<void> {
  await mkdir(join(config.dataDirectory, 'run'), { recursive: true });
  await writeFile(`${path(config)}.tmp`, JSON.stringify(versions));
  await rename(`${path(config)}.tmp`, path(config));
}

/**
 * Version up to which the warehouse needs no replaced file of a table any more: what vacuum may
 * delete. Infinity without a warehouse, which is then built from the live files.
 */
export async function takenVersions(
  config: Pick<Config, 'dataDirectory' | 'warehouse'>,
): Promise<(table: LakeTableName) => number> {
  if (config.warehouse.kind === 'duckdb' && !existsSync(config.warehouse.path))
    return () => Number.POSITIVE_INFINITY;
  const published = await readPublishedVersions(config);
  return (table) => (published === undefined ? -1 : (published[table] ?? Number.POSITIVE_INFINITY));
}
