import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifier, literal, openDuckDb } from '../../src/duckdb.ts';
import type { Ask } from '../../src/warehouse/snowflake/session.ts';

const ofBuilds = [
  'built_from_version',
  '_commit_version',
  '_silver_version',
  '_rewritten',
  '_ingested_at',
];

/**
 * Rows of tables as `rowsOfWarehouse` gives them: sent through the driver as text, and typed as the tables of the
 * same names in a DuckDB file.
 */
export async function rowsOfSnowflake(
  ask: Ask,
  database: string,
  duckDbFile: string,
  tables: readonly string[],
): Promise<Record<string, string[]>> {
  const { connection, close } = await openDuckDb();
  const scratch = await mkdtemp(join(tmpdir(), 'tonearm-rows-'));
  try {
    await connection.run(`attach ${literal(duckDbFile)} as warehouse (read_only)`);
    const content: Record<string, string[]> = {};
    for (const table of tables) {
      const [schema, name] = table.split('.');
      const listed = await connection.runAndReadAll(
        `select column_name, data_type from duckdb_columns() where database_name = 'warehouse' and schema_name = '${schema}' and table_name = '${name}' order by column_index`,
      );
      const columns = listed
        .getRows()
        .map(([column, type]) => [String(column), String(type)] as const)
        .filter(([column]) => !ofBuilds.includes(column));
      const asText = columns.map(
        ([column, type]) =>
          `${type === 'TIMESTAMP WITH TIME ZONE' ? `to_char(convert_timezone('UTC', ${column}), 'YYYY-MM-DD HH24:MI:SS.FF6')` : `cast(${column} as varchar)`} as c_${column}`,
      );
      const rows = await ask(`select ${asText.join(', ')} from ${database}.${table}`);
      const path = join(scratch, `${name}.json`);
      await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
      const typed = columns.map(([column, type]) => {
        const text = `c_${column}`;
        const value = type === 'TIMESTAMP WITH TIME ZONE' ? `${text} || '+00'` : text;
        return `cast(${value} as ${type}) as ${identifier(column)}`;
      });
      const shape = columns.map(([column]) => `c_${column}: 'varchar'`).join(', ');
      const read = await connection.runAndReadAll(
        `select ${typed.join(', ')} from read_json(${literal(path)}, format = 'newline_delimited', columns = {${shape}}) order by all`,
      );
      content[table] = read.getRowsJson().map((row) => JSON.stringify(row));
    }
    return content;
  } finally {
    close();
    await rm(scratch, { recursive: true, force: true });
  }
}
