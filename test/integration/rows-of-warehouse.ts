import assert from 'node:assert/strict';
import { openDuckDb } from '../../src/duckdb.ts';

/** Tables whose rows tell of runs, not of events: a full refresh is a run of its own. Gold has the volumes summed. */
const ofRuns = ['pipeline_health', 'event_accounting', 'hourly_volume', 'recommendation_choice'];

/** Rows by build: the views of gold that add them up are compared. */
const addedUpInGold = ['listener_artist_counts', 'listener_track_counts'];

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
      "select table_schema, table_name from information_schema.tables where table_catalog = 'warehouse' and table_schema in ('silver', 'gold') order by all",
    );
    const content: Record<string, string[]> = {};
    for (const [schema, table] of tables.getRows()) {
      if ([...ofRuns, ...addedUpInGold, ...renewedInParts].includes(String(table))) continue;
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

/**
 * Compares tables as `rowsOfWarehouse` gives them, and names the first rows that differ. The difference
 * that `assert.deepEqual` draws of two long lists takes all the memory of a machine.
 */
export function assertSameRows(
  actual: Record<string, string[]>,
  expected: Record<string, string[]>,
): void {
  assert.deepEqual(Object.keys(actual), Object.keys(expected));
  const differences = Object.entries(expected).flatMap(([table, rows]) => {
    const missing = withoutRows(rows, actual[table]!);
    const unexpected = withoutRows(actual[table]!, rows);
    if (missing.length + unexpected.length === 0) return [];
    return [
      `${table}: ${missing.length} rows are missing, ${unexpected.length} are unexpected`,
      ...missing.slice(0, 3).map((row) => `  missing    ${row}`),
      ...unexpected.slice(0, 3).map((row) => `  unexpected ${row}`),
    ];
  });
  assert.ok(differences.length === 0, differences.join('\n'));
}

/** The rows that are left when each of `others` takes one of its kind away. */
function withoutRows(rows: string[], others: string[]): string[] {
  const left = new Map<string, number>();
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1);
  return rows.filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count <= 0;
  });
}
