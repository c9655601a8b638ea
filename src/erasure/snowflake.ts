/** A listener's traces in Snowflake: tables that are built of the lake go whole, the others lose their rows. */
import type { LakeFile } from '../lake/lake-file.ts';
import {
  type Ask,
  ingestRole,
  type SnowflakeLocation,
  syncLake,
  withSnowflake,
} from '../warehouse/snowflake/index.ts';
import type { IdSearch } from './id-search.ts';
import type { StoreSearch } from './search-stores.ts';

const tag = 'tonearm:forget';
/** Fail-safe of tables that are not transient, ms: Snowflake alone could bring back what was deleted from them. */
const failSafeMs = 7 * 86_400_000;

interface Column {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

export interface ErasedFromSnowflake {
  /** Tables that were dropped: the next build makes them anew. */
  readonly tables: number;
  /** Records of runs that named the listener. */
  readonly records: number;
  /** Until when Snowflake may still hold bytes of them, ms since the epoch. */
  readonly bytesUntil: number;
}

/**
 * Erases what Snowflake holds beside the lake. Models keep no history of their own: with Time Travel switched off and
 * dropped there is no way back to their rows. dbt's tables are transient and have no Fail-safe.
 * @param files the lake's files after the erasure: the external tables shall name no others.
 */
export async function eraseFromSnowflake(
  location: SnowflakeLocation,
  files: readonly LakeFile[],
  search: IdSearch,
  now: number,
): Promise<ErasedFromSnowflake> {
  const { database } = location;
  const records = await withSnowflake(
    location,
    { role: ingestRole(location), tag },
    async (ask) => {
      await syncLake(ask, database, files);
      return await eraseRecords(ask, database, search);
    },
  );
  const tables = await withSnowflake(location, { tag }, async (ask) => {
    const built = (await tablesOf(ask, database)).filter(({ schema }) => schema !== 'LAKE');
    for (const { schema, table } of built) {
      const name = `${database}.${schema}.${table}`;
      await ask(`alter table ${name} set data_retention_time_in_days = 0`);
      await ask(`drop table if exists ${name}`);
    }
    return built.length;
  });
  return { tables, records, bytesUntil: now + failSafeMs };
}

/** The next build copies the records again, as the files on this machine have them by then. */
async function eraseRecords(ask: Ask, database: string, search: IdSearch): Promise<number> {
  const name = `${database}.lake.run_records`;
  const { condition, binds } = holding('record', search);
  const rows = await ask(
    `select run_id, record::varchar as text from ${name} where ${condition}`,
    binds,
  );
  const found = rows.filter((row) => search.isIn(String(row.text)));
  if (found.length === 0) return 0;
  await ask(`alter table ${name} set data_retention_time_in_days = 0`);
  for (const { run_id: id } of found) {
    await ask(`delete from ${name} where run_id = ?`, [String(id)]);
  }
  return found.length;
}

/**
 * Looks for the id in every text of every table that holds rows of its own. External tables hold none: they are the
 * lake's files. The id is bound, so that no text of a query in Snowflake's history has it.
 */
export async function searchSnowflake(
  location: SnowflakeLocation,
  search: IdSearch,
): Promise<StoreSearch> {
  const { database } = location;
  return await withSnowflake(location, { tag }, async (ask) => {
    const tables = await tablesOf(ask, database);
    const columns = await columnsOf(ask, database);
    let [rows, hits] = [0, 0];
    const where: string[] = [];
    for (const { schema, table } of tables) {
      const name = `${database}.${schema}.${table}`;
      const [counted] = await ask(`select count(*) as n from ${name}`);
      rows += Number(counted?.n ?? 0);
      let here = 0;
      for (const { column } of columns.filter(
        (one) => one.schema === schema && one.table === table,
      )) {
        const { condition, binds } = holding(`"${column}"`, search);
        const texts = await ask(
          `select "${column}"::varchar as text, count(*) as n from ${name} where ${condition} group by 1`,
          binds,
        );
        for (const { text, n } of texts) if (search.isIn(String(text))) here += Number(n);
      }
      hits += here;
      if (here > 0) where.push(name);
    }
    const found = { files: tables.length, bytes: 0, rows, hits, within: 0, unreadable: 0, where };
    return { store: 'snowflake', ...found };
  });
}

/** Rows worth a look: whether a text is the id or only has it in a longer word is told here, not there. */
function holding(column: string, search: IdSearch): { condition: string; binds: string[] } {
  const texts = search.isDistinctive ? search.forms : search.forms.map((form) => `"${form}"`);
  const conditions = [
    `${column}::varchar = ?`,
    ...texts.map(() => `contains(${column}::varchar, ?)`),
  ];
  return { condition: `(${conditions.join(' or ')})`, binds: [search.id, ...texts] };
}

/** Tables with rows of their own, in every schema. */
async function tablesOf(ask: Ask, database: string): Promise<{ schema: string; table: string }[]> {
  const rows = await ask(
    `select table_schema, table_name from ${database}.information_schema.tables
     where table_type = 'BASE TABLE' and table_schema <> 'INFORMATION_SCHEMA' order by 1, 2`,
  );
  return rows.map((row) => ({ schema: String(row.table_schema), table: String(row.table_name) }));
}

async function columnsOf(ask: Ask, database: string): Promise<Column[]> {
  const rows = await ask(
    `select table_schema, table_name, column_name from ${database}.information_schema.columns
     where data_type in ('TEXT', 'VARCHAR', 'VARIANT', 'OBJECT', 'ARRAY', 'JSON')`,
  );
  return rows.map((row) => ({
    schema: String(row.table_schema),
    table: String(row.table_name),
    column: String(row.column_name),
  }));
}
