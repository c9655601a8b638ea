import { allowS3, type DuckDBConnection, openDuckDb } from '../duckdb.ts';
import type { Store } from './store.ts';

/**
 * A DuckDB in memory that can open what `store.location` names.
 * @throws TonearmError TNA_LAKE_READER_MISSING, TNA_LAKE_DENIED
 */
export async function openReader(
  store: Store,
  options: Record<string, string> = {},
): Promise<{ connection: DuckDBConnection; close(): void }> {
  const access = await store.readerAccess();
  const database = await openDuckDb(options);
  if (access === undefined) return database;
  try {
    await allowS3(database.connection, access);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
