import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export type { DuckDBConnection } from '@duckdb/node-api';

/** A DuckDB in memory for one piece of work. Time zone UTC, order of rows kept, nothing installed by itself. */
export async function openDuckDb(options: Record<string, string> = {}): Promise<{
  connection: DuckDBConnection;
  close(): void;
}> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    ...options,
  });
  const connection = await instance.connect();
  await connection.run("set timezone = 'UTC'");
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A string as a SQL literal. For names and paths that cannot be bound as parameters. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** An identifier, quoted. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
