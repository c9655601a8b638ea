/** Gold leaves Snowflake: unloaded to the lake's stage, fetched from there, typed and sorted as DuckDB's is. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identifier, literal, openDuckDb } from '../../duckdb.ts';
import { TonearmError } from '../../errors.ts';
import type { Store } from '../../lake/store.ts';
import type { Ask } from './session.ts';

/** A table of gold, with the columns of its contract. */
export interface GoldTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** Folder of the lake that unloaded tables pass through; no table of the lake is called so. */
const folder = '_marts';

/**
 * Tables of gold as dbt built them last, from the manifest it leaves.
 * @param target dbt's target folder
 */
export async function goldTables(target: string): Promise<GoldTable[]> {
  const manifest = JSON.parse(await readFile(join(target, 'manifest.json'), 'utf8')) as {
    nodes: Record<
      string,
      {
        resource_type: string;
        schema: string;
        name: string;
        columns: Record<string, { name: string; data_type: string }>;
      }
    >;
  };
  return Object.values(manifest.nodes)
    .filter((node) => node.resource_type === 'model' && node.schema.toLowerCase() === 'gold')
    .map(({ name, columns }) => ({
      name,
      columns: Object.values(columns).map((one) => ({ name: one.name, type: one.data_type })),
    }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

const isTime = (type: string): boolean => /^timestamp/i.test(type);

/** Snowflake refuses to write times with a zone to Parquet: they go as UTC without one. */
export function unloadStatement(database: string, table: GoldTable, version: string): string {
  const columns = table.columns.map(({ name, type }) =>
    isTime(type) ? `convert_timezone('UTC', ${name})::timestamp_ntz as ${name}` : name,
  );
  return [
    `copy into @${database}.lake.lake_stage/${folder}/${version}/${table.name}/`,
    `from (select ${columns.join(', ')} from ${database}.gold.${table.name})`,
    'file_format = (type = parquet)',
    'header = true',
    'overwrite = true',
    'max_file_size = 268435456',
  ].join('\n');
}

/**
 * Writes each table as one Parquet file into a folder of this machine. What passed through the lake is removed.
 * @param sortedBy order of a table's rows
 * @param rowsOfGroup most rows of a row group
 * @returns rows by table
 * @throws TonearmError TNA_WAREHOUSE_REFUSED, TNA_LAKE_ROWS_DIFFER
 */
export async function unloadGold(
  ask: Ask,
  options: {
    database: string;
    tables: readonly GoldTable[];
    version: string;
    store: Store;
    directory: string;
    sortedBy: (table: string) => string;
    rowsOfGroup: number;
  },
): Promise<Record<string, number>> {
  const { database, tables, version, store, directory, sortedBy, rowsOfGroup } = options;
  const incoming = join(directory, 'incoming');
  const { connection, close } = await openDuckDb();
  const rows: Record<string, number> = {};
  try {
    for (const table of tables) {
      const [unloaded] = await ask(unloadStatement(database, table, version));
      rows[table.name] = Number(unloaded?.rows_unloaded ?? 0);
    }
    for (const table of tables) {
      const local = join(incoming, table.name);
      await mkdir(local, { recursive: true });
      const paths: string[] = [];
      for await (const { key } of store.list(`${folder}/${version}/${table.name}/`)) {
        const path = await store.localCopy(key, local);
        if (path !== undefined) paths.push(path);
      }
      const written = await connection.runAndReadAll(
        `copy (${typed(table, paths)} order by ${sortedBy(table.name)}) to ${literal(join(directory, `${table.name}.parquet`))} (format parquet, compression zstd, row_group_size ${rowsOfGroup})`,
      );
      const found = Number(written.getRows()[0]![0]);
      if (found !== rows[table.name]) {
        throw new TonearmError(
          'TNA_LAKE_ROWS_DIFFER',
          `Snowflake unloaded ${rows[table.name]} rows of gold.${table.name}, and ${found} came.`,
          { remedy: 'Nothing was published. Run again.' },
        );
      }
    }
    return rows;
  } finally {
    close();
    await rm(incoming, { recursive: true, force: true });
    for await (const { key } of store.list(`${folder}/${version}/`)) await store.delete(key);
  }
}

/** The rows of some files with the contract's types; none without a file. */
function typed(table: GoldTable, paths: readonly string[]): string {
  const columns = table.columns.map(({ name, type }) => {
    if (paths.length === 0) return `cast(null as ${type}) as ${identifier(name)}`;
    const value = identifier(name.toUpperCase());
    return `cast(${isTime(type) ? `timezone('UTC', cast(${value} as timestamp))` : value} as ${type}) as ${identifier(name)}`;
  });
  const source =
    paths.length === 0 ? 'where false' : `from read_parquet([${paths.map(literal).join(', ')}])`;
  return `select ${columns.join(', ')} ${source}`;
}
