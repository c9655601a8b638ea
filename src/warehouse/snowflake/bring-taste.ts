/** What recommendations are computed from comes from Snowflake into the DuckDB file beside it. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { identifier, literal } from '../../duckdb.ts';
import type { Store } from '../../lake/store.ts';
import type { Ask } from './session.ts';
import { type GoldTable, unloadGold } from './unload.ts';

/** Tables that the step `recommend` reads. */
const read = ['listener_taste', 'track_catalogue'];
/** The table whose columns its lists have; its rows stay in Snowflake. */
const shape = 'user_recommendations';

/**
 * Replaces the tables in the file; lists that were computed before stay.
 * @param path DuckDB file, made where it is missing
 * @throws TonearmError TNA_WAREHOUSE_REFUSED, TNA_LAKE_ROWS_DIFFER
 */
export async function bringTaste(
  ask: Ask,
  options: {
    database: string;
    path: string;
    tables: readonly GoldTable[];
    runId: string;
    store: Store;
    rowsOfGroup: number;
  },
): Promise<void> {
  const { database, path, store, runId, rowsOfGroup } = options;
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const directory = await mkdtemp(join(folder, 'taste-'));
  try {
    const tables = options.tables.filter(({ name }) => read.includes(name));
    await unloadGold(ask, {
      ...{ database, tables, store, directory, rowsOfGroup },
      version: `taste-${runId}`,
      sortedBy: () => 'track_id',
    });
    const instance = await DuckDBInstance.create(path);
    const connection = await instance.connect();
    await connection.run("set timezone = 'UTC'; create schema if not exists gold");
    for (const name of read) {
      await connection.run(
        `create or replace table gold.${name} as from ${literal(join(directory, `${name}.parquet`))}`,
      );
    }
    const columns = options.tables
      .find(({ name }) => name === shape)!
      .columns.map(({ name, type }) => `${identifier(name)} ${type}`);
    await connection.run(`create or replace table gold.${shape} (${columns.join(', ')})`);
    connection.closeSync();
    instance.closeSync();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
