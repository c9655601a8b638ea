import { openDuckDb } from '../../src/duckdb.ts';

/** Tables whose rows tell of runs, not of events: a full refresh is a run of its own. */
const ofRuns = ['pipeline_health', 'event_accounting', 'recommendation_choice'];

/** Lists are renewed for listeners with new plays, while what they rest on moves with everybody's. */
const renewedInParts = ['user_recommendations', 'recommendations'];

/**
 * Every row of every table of silver and gold, as text in a fixed order. The columns that number
 * builds and commits are left out: a full refresh counts from the start.
 */
export async function rowsOfWarehouse(path: string): Promise<Record<string, string[]>> {
  const { connection, close } = await openDuckDb();
  try {
    await connection.run(`attach '${path}' as warehouse (read_only)`);
    const tables = await connection.runAndReadAll(
      "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse' and schema_name in ('silver', 'gold') order by all",
    );
    const content: Record<string, string[]> = {};
    for (const [schema, table] of tables.getRows()) {
      if ([...ofRuns, ...renewedInParts].includes(String(table))) continue;
      const rows = await connection.runAndReadAll(
        `select columns(c -> c not in ('built_from_version', '_commit_version', '_silver_version', '_rewritten', '_ingested_at')) from warehouse.${schema}.${table} order by all`,
      );
      content[`${schema}.${table}`] = rows.getRowsJson().map((row) => JSON.stringify(row));
    }
    return content;
  } finally {
    close();
  }
}
