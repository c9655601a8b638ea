import type { Config } from '../config.ts';
import type { LakeFile } from '../lake/lake-file.ts';
import type { Store } from '../lake/store.ts';
import { dbtTarget } from './profiles.ts';
import { rowsOfGroup } from './write-mart.ts';

/**
 * Before a build on Snowflake: its external tables, its list of lake files and the records of runs are brought to
 * where the lake is. Nothing is done elsewhere.
 * @throws TonearmError TNA_WAREHOUSE_UNREACHABLE, TNA_WAREHOUSE_DENIED, TNA_WAREHOUSE_REFUSED, TNA_LAKE_ROWS_DIFFER
 */
export async function prepareSnowflake(
  { warehouse, runsDirectory }: Config,
  files: readonly LakeFile[],
  runId: string,
): Promise<void> {
  if (warehouse.kind !== 'snowflake') return;
  // The driver is large: who builds on DuckDB never loads it.
  const { ingestRole, syncLake, syncRunRecords, withSnowflake } = await import(
    './snowflake/index.ts'
  );
  const { database } = warehouse;
  const as = { role: ingestRole(warehouse), tag: `tonearm:${runId}:transform` };
  await withSnowflake(warehouse, as, async (ask) => {
    await syncLake(ask, database, files);
    await syncRunRecords(ask, database, runsDirectory);
  });
}

/**
 * Before recommendations are computed on this machine: what they are computed from is brought from Snowflake.
 * @throws TonearmError TNA_WAREHOUSE_UNREACHABLE, TNA_WAREHOUSE_DENIED, TNA_WAREHOUSE_REFUSED, TNA_LAKE_ROWS_DIFFER
 */
export async function prepareRecommendations(
  config: Config,
  store: Store,
  runId: string,
): Promise<void> {
  const { warehouse } = config;
  if (warehouse.kind !== 'snowflake') return;
  const { bringTaste, goldTables, withSnowflake } = await import('./snowflake/index.ts');
  const tables = await goldTables(dbtTarget(config));
  const { database, path } = warehouse;
  await withSnowflake(warehouse, { tag: `tonearm:${runId}:recommend` }, (ask) =>
    bringTaste(ask, { database, path, tables, runId, store, rowsOfGroup }),
  );
}
