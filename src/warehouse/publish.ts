import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { asDiskError } from '../disk-errors.ts';
import type { Store } from '../lake/store.ts';
import type { TestSummary } from '../run-records.ts';
import { type ExportedGold, exportTables } from './export-marts.ts';
import { dbtTarget } from './profiles.ts';
import { rowsOfGroup, sortedBy } from './write-mart.ts';

/** What `<data>/marts/current.json` points at. */
export interface CurrentMarts {
  readonly version: string;
  readonly published_at: string;
  readonly run_id: string;
  readonly tables: Readonly<Record<string, number>>;
  /** Tables whose files hold some keys more than once, with the columns of the key: the row with the highest `built_from_version` stands. */
  readonly newest_by?: Readonly<Record<string, readonly string[]>>;
  /** Tables whose files hold rows to be added up, with the statement that does: `{rows}` stands for the files. */
  readonly added_up?: Readonly<Record<string, string>>;
  readonly tests: { readonly passed: number; readonly failed: number; readonly warned: number };
}

export interface PublishOptions {
  readonly version: string;
  readonly runId: string;
  readonly publishedAt: string;
  readonly tests: TestSummary;
  /** The lake's store: tables of Snowflake come through it. */
  readonly store?: Store;
}

/**
 * Exports every gold table as Parquet under a new version, then swaps the pointer: readers see
 * the old version or the new one, never a mixture. Files that did not change are shared with the version before. Call it for builds that passed, only.
 */
export async function publishMarts(config: Config, options: PublishOptions): Promise<CurrentMarts> {
  const { version, runId, publishedAt, tests } = options;
  if (tests.failed > 0) throw new Error('a build whose tests failed is not published');
  const directory = join(config.martsDirectory, version);
  try {
    await mkdir(directory, { recursive: true });
    const { rows: tables, newestBy, addedUp } = await exportGold(config, options, directory);
    const { passed, failed, warned } = tests;
    const current: CurrentMarts = {
      version,
      published_at: publishedAt,
      run_id: runId,
      tables,
      ...(Object.keys(newestBy).length === 0 ? {} : { newest_by: newestBy }),
      ...(Object.keys(addedUp).length === 0 ? {} : { added_up: addedUp }),
      tests: { passed, failed, warned },
    };
    await writeFile(join(directory, 'manifest.json'), `${JSON.stringify(current, null, 2)}\n`);
    await swapPointer(config.martsDirectory, current);
    await prune(config, version);
    return current;
  } catch (error) {
    const published = await readCurrentMarts(config).catch(() => undefined);
    if (published?.version !== version) await rm(directory, { recursive: true, force: true });
    throw asDiskError(error, directory);
  }
}

/** The version that is shown now; undefined before the first publish. */
export async function readCurrentMarts(
  config: Pick<Config, 'martsDirectory'>,
): Promise<CurrentMarts | undefined> {
  const text = await readFile(join(config.martsDirectory, 'current.json'), 'utf8').catch(
    () => undefined,
  );
  return text === undefined ? undefined : (JSON.parse(text) as CurrentMarts);
}

async function exportGold(
  config: Config,
  { store, version, runId }: PublishOptions,
  directory: string,
): Promise<ExportedGold> {
  const { warehouse, warehouseMemory: memory } = config;
  if (warehouse.kind === 'duckdb') {
    const before = await readCurrentMarts(config);
    return await exportTables(warehouse.path, directory, {
      memory,
      ...(before === undefined ? {} : { earlier: join(config.martsDirectory, before.version) }),
    });
  }
  if (store === undefined) throw new Error('marts of Snowflake come through the lake');
  const { goldTables, unloadGold, withSnowflake } = await import('./snowflake/index.ts');
  const tables = await goldTables(dbtTarget(config));
  const { database } = warehouse;
  const unloaded = await withSnowflake(warehouse, { tag: `tonearm:${runId}:publish` }, (ask) =>
    unloadGold(ask, { database, tables, version, store, directory, sortedBy, rowsOfGroup }),
  );
  // Made on this machine: there is no file before the first lists.
  const local = existsSync(warehouse.path)
    ? await exportTables(warehouse.path, directory, { memory, only: recommendationTables })
    : { rows: {}, newestBy: {}, addedUp: {} };
  return { ...local, rows: { ...unloaded, ...local.rows } };
}

/** What the step `recommend` makes, wherever gold is. */
const recommendationTables = ['recommendation_choice', 'recommendations'];

/** Makes readers see another version, at once and whole. */
export async function swapPointer(directory: string, current: CurrentMarts): Promise<void> {
  const path = join(directory, 'current.json');
  const temporary = `${path}.${process.pid}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(current, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

/** Keeps the newest versions; their names sort by time. */
async function prune(config: Config, current: string): Promise<void> {
  const versions = (await readdir(config.martsDirectory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && entry.name !== current)
    .map((entry) => entry.name)
    .sort();
  const surplus = versions.slice(0, Math.max(0, versions.length + 1 - config.martsKept));
  for (const version of surplus) {
    await rm(join(config.martsDirectory, version), { recursive: true, force: true });
  }
}
