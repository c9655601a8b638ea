/**
 * The lake: each topic's records as a Delta table of Parquet files, partitioned by the hour
 * in which the log received them. `sink.ts` writes, `compaction.ts` and `vacuum.ts` keep it
 * tidy, and everyone else reads `Lake.files()`.
 */
import { type LakeTableName, lakeTableNames } from '../../contracts/lake-tables.ts';
import type { Config } from '../config.ts';
import { makeDirectory } from '../disk-errors.ts';
import type { LakeFile } from './lake-file.ts';
import { openStore } from './open-store.ts';
import { proveAtomic } from './prove-atomic.ts';
import type { Store } from './store.ts';
import { LakeTable } from './table.ts';

export type { LakeFile } from './lake-file.ts';
export { openStore } from './open-store.ts';
export { proveAtomic } from './prove-atomic.ts';
export { openReader } from './reader.ts';
export type { Store } from './store.ts';
export { LakeTable } from './table.ts';

/** Every table of the lake, opened. */
export class Lake {
  readonly tables: Readonly<Record<LakeTableName, LakeTable>>;

  constructor(tables: Record<LakeTableName, LakeTable>) {
    this.tables = tables;
  }

  /** Where the tables lie. */
  get store(): Store {
    return this.tables.plays.store;
  }

  /** Reads what others have committed since. */
  async refresh(): Promise<void> {
    await Promise.all(Object.values(this.tables).map((table) => table.log.refresh()));
  }

  /** Data files of every table, as of the last refresh. */
  files(): LakeFile[] {
    return Object.values(this.tables).flatMap((table) => table.files());
  }
}

/**
 * Opens the lake; tables that do not exist yet are created, in a store that proves fit for it.
 * @throws TonearmError TNA_DATA_DIRECTORY_UNWRITABLE, TNA_LAKE_LOG_CORRUPT, TNA_LAKE_NOT_ATOMIC, and of
 * an object store TNA_LAKE_BUCKET_MISSING, TNA_LAKE_DENIED, TNA_LAKE_REGION_WRONG, TNA_LAKE_UNREACHABLE
 */
export async function openLake(
  config: Pick<Config, 'lake' | 'stagingDirectory'>,
  clock: () => number,
): Promise<Lake> {
  const store = await openStore(config.lake);
  makeDirectory(config.stagingDirectory);
  const { stagingDirectory } = config;
  const tables = lakeTableNames.map(
    (name) => [name, new LakeTable({ store, name, stagingDirectory, clock })] as const,
  );
  await Promise.all(tables.map(([, table]) => table.log.refresh()));
  const isNew = tables.some(([, table]) => table.log.state.version < 0);
  if (isNew) {
    await proveAtomic(store);
    await Promise.all(tables.map(([, table]) => table.create()));
  }
  return new Lake(Object.fromEntries(tables) as Record<LakeTableName, LakeTable>);
}
