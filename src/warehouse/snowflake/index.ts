/**
 * The warehouse in Snowflake: what the account needs (`setup.ts`, `check.ts`), what keeps it in step with the lake
 * before a build (`lake-sync.ts`), and how gold comes out of it (`unload.ts`). dbt builds in it as in DuckDB.
 */
export { bringTaste } from './bring-taste.ts';
export { checkWarehouse, type Finding } from './check.ts';
export { syncLake, syncRunRecords } from './lake-sync.ts';
export { billingRole, ingestRole, type SnowflakeLocation } from './location.ts';
export { querySnowflake } from './query.ts';
export { type Ask, openSnowflake, withSnowflake } from './session.ts';
export { applySetup } from './setup.ts';
export { goldTables, unloadGold } from './unload.ts';
