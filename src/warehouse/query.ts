import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DuckDBConnection, StatementType } from '@duckdb/node-api';
import { type LakeColumn, lakeColumns, partitionColumns } from '../../contracts/lake-columns.ts';
import { lakeTableNames } from '../../contracts/lake-tables.ts';
import type { Config } from '../config.ts';
import { allowS3, identifier, literal, openDuckDb } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import type { Lake } from '../lake/index.ts';
import { martFiles, rowsOfFiles } from './mart-files.ts';
import { type CurrentMarts, readCurrentMarts } from './publish.ts';

const lockWaitMs = 30_000;

const readingStatements = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

export interface QueryAnswer {
  readonly columns: readonly string[];
  /** Values fit JSON: times as RFC 3339, whole numbers as numbers where they are safe. */
  readonly rows: readonly Record<string, unknown>[];
}

export interface QuerySession {
  query(sql: string): Promise<QueryAnswer>;
  close(): Promise<void>;
}

/**
 * Read-only SQL over `bronze.*` (the lake's live files), `silver.*` (the warehouse) and `gold.*`
 * (the published marts).
 * @param options.marts the version of the marts to read; what is shown now when left out.
 * @param options.past the files and marts are those of an earlier moment, of which silver keeps nothing.
 * @throws TonearmError TNA_QUERY_REFUSED, TNA_QUERY_FAILED, TNA_QUERY_NOTHING_PUBLISHED,
 *   TNA_QUERY_VERSION_GONE, TNA_WAREHOUSE_LOCKED
 */
export async function openQuery(
  config: Config,
  lake: Pick<Lake, 'files' | 'store'>,
  options: { marts?: CurrentMarts; past?: boolean } = {},
): Promise<QuerySession> {
  const { connection, close } = await openDuckDb();
  const prepared = { bronze: false, silver: false, gold: false };
  return {
    async query(sql) {
      const mentions = (schema: string) => new RegExp(`\\b"?${schema}"?\\s*\\.`, 'i').test(sql);
      if (config.warehouse.kind === 'snowflake' && mentions('silver') && !options.past) {
        const { querySnowflake } = await import('./snowflake/index.ts');
        return await querySnowflake(config.warehouse, sql);
      }
      await refuseWrites(connection, sql);
      if (mentions('bronze') && !prepared.bronze) {
        await addBronze(connection, lake).catch((error) => {
          throw options.past && isFileGone(error) ? filesGone(error) : error;
        });
      }
      if (mentions('gold') && !prepared.gold) await addGold(connection, config, options);
      if (mentions('silver') && options.past) throw silverHasNoPast();
      if (mentions('silver') && !prepared.silver) await addSilver(connection, config);
      for (const schema of ['bronze', 'silver', 'gold'] as const)
        prepared[schema] ||= mentions(schema);
      const reader = await connection.runAndReadAll(sql).catch((error) => {
        throw options.past && isFileGone(error) ? filesGone(error) : failed(error);
      });
      const types = reader.columnTypes().map(String);
      const columns = reader.columnNames();
      const rows = reader
        .getRowsJson()
        .map((row) =>
          Object.fromEntries(
            row.map((value, index) => [columns[index]!, plain(value, types[index]!)]),
          ),
        );
      return { columns, rows };
    },
    async close() {
      close();
    },
  };
}

const failed = (error: unknown): TonearmError =>
  new TonearmError('TNA_QUERY_FAILED', (error as Error).message.split('\n')[0]!, {
    cause: error,
    remedy: 'Correct the statement; tables are bronze.*, silver.* and gold.*.',
  });

const isFileGone = (error: unknown): boolean =>
  /no files found|cannot open file|no such file/i.test(String(error));

const filesGone = (cause: unknown): TonearmError =>
  new TonearmError('TNA_QUERY_VERSION_GONE', 'Files of that moment have been deleted since.', {
    cause,
    remedy: 'Ask for a later one. TONEARM_VACUUM_HOURS says how long replaced files are kept.',
  });

const silverHasNoPast = (): TonearmError =>
  new TonearmError('TNA_QUERY_REFUSED', 'The warehouse keeps the present only.', {
    remedy: 'With --as-of ask bronze.* (the lake) or gold.* (the marts).',
  });

/** DuckDB's own parser says what kind of statement it is. */
async function refuseWrites(connection: DuckDBConnection, sql: string): Promise<void> {
  const extracted = await connection.extractStatements(sql).catch((error) => {
    throw failed(error);
  });
  if (extracted.count !== 1) {
    throw new TonearmError('TNA_QUERY_REFUSED', 'The query must be one statement.', {
      remedy: 'Ask for one SELECT at a time.',
    });
  }
  const scan =
    /\b(read_\w+|parquet_scan|glob|sniff_csv|query|query_table|getenv)\s*\(|\bfrom\s+'/i.exec(sql);
  if (scan !== null) {
    throw new TonearmError(
      'TNA_QUERY_REFUSED',
      `The query may not read files (${scan[0].trim()}).`,
      {
        remedy: 'Ask bronze.*, silver.* or gold.*.',
      },
    );
  }
  if (!/^\s*(select|with|from|values|explain|describe|summarize|show|pivot|\()/i.test(sql)) {
    throw new TonearmError('TNA_QUERY_REFUSED', 'The query may only read.', {
      remedy: 'Ask with SELECT, WITH, DESCRIBE, SUMMARIZE or EXPLAIN.',
    });
  }
  const kind = await extracted.prepare(0).then(
    (statement) => statement.statementType,
    () => undefined,
  );
  if (kind !== undefined && !readingStatements.has(kind)) {
    throw new TonearmError('TNA_QUERY_REFUSED', 'The query may only read.', {
      remedy: 'Ask with SELECT, WITH, DESCRIBE, SUMMARIZE or EXPLAIN.',
    });
  }
}

const sqlTypes = {
  string: 'varchar',
  long: 'bigint',
  integer: 'integer',
  boolean: 'boolean',
  timestamp: 'timestamptz',
};

async function addBronze(
  connection: DuckDBConnection,
  lake: Pick<Lake, 'files' | 'store'>,
): Promise<void> {
  const access = await lake.store.readerAccess();
  if (access !== undefined) await allowS3(connection, access);
  const files = lake.files();
  await connection.run('create schema bronze');
  for (const table of lakeTableNames) {
    const columns: LakeColumn[] = [...lakeColumns(table), ...partitionColumns];
    const paths = files
      .filter((file) => file.table === table && file.live)
      .map((file) => literal(file.path));
    const empty = columns.map(
      (one) => `cast(null as ${sqlTypes[one.type]}) as ${identifier(one.name)}`,
    );
    const types = partitionColumns.map((one) => `${one.name}: integer`).join(', ');
    const rows =
      paths.length === 0
        ? ''
        : ` union all by name select * from read_parquet([${paths.join(', ')}], union_by_name = true, hive_partitioning = true, hive_types_autocast = false, hive_types = {${types}})`;
    await connection.run(
      `create view bronze.${table} as select ${empty.join(', ')} where false${rows}`,
    );
  }
}

async function addGold(
  connection: DuckDBConnection,
  config: Config,
  { marts, past }: { marts?: CurrentMarts; past?: boolean },
): Promise<void> {
  if (past && marts === undefined) {
    throw new TonearmError(
      'TNA_QUERY_REFUSED',
      'No published version of the marts belongs to that moment.',
      {
        remedy: 'Ask gold.* as of a time, or of a version that ./tonearm publish lists.',
      },
    );
  }
  const current = marts ?? (await readCurrentMarts(config));
  if (current === undefined) {
    throw new TonearmError('TNA_QUERY_NOTHING_PUBLISHED', 'No marts have been published yet.', {
      remedy: 'Run ./tonearm run first.',
    });
  }
  await connection.run('create schema gold');
  const directory = join(config.martsDirectory, current.version);
  for (const [table, files] of await martFiles(directory)) {
    await connection.run(`create view gold.${identifier(table)} as from ${rowsOfFiles(files)}`);
  }
}

/** The warehouse is one file that a build locks: wait for it, then attach it read-only. */
async function addSilver(connection: DuckDBConnection, config: Config): Promise<void> {
  const { path } = config.warehouse;
  if (!existsSync(path)) {
    throw new TonearmError('TNA_QUERY_NOTHING_PUBLISHED', 'The warehouse has not been built yet.', {
      remedy: 'Run ./tonearm run first.',
    });
  }
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    try {
      await connection.run(`attach ${literal(path)} as warehouse (read_only)`);
      break;
    } catch (error) {
      if (!/lock/i.test(String(error))) throw error;
      if (performance.now() > deadline) {
        throw new TonearmError('TNA_WAREHOUSE_LOCKED', `${path} is in use by a build.`, {
          cause: error,
          remedy: 'Try again in a moment.',
        });
      }
      await delay(100);
    }
  }
  await connection.run('create schema silver');
  const listed = await connection.runAndReadAll(
    "select table_name from duckdb_tables() where database_name = 'warehouse' and schema_name = 'silver'",
  );
  for (const [name] of listed.getRows()) {
    const table = identifier(String(name));
    await connection.run(`create view silver.${table} as from warehouse.silver.${table}`);
  }
}

/** A value of DuckDB's JSON form as plain JSON. */
function plain(value: unknown, type: string): unknown {
  if (typeof value !== 'string') return value;
  if (/^(U?BIGINT|HUGEINT|UHUGEINT|DECIMAL.*)$/.test(type)) {
    const number = Number(value);
    return Number.isSafeInteger(number) || type.startsWith('DECIMAL') ? number : value;
  }
  if (type.startsWith('TIMESTAMP')) {
    const text = value.replace(' ', 'T');
    return /[+-]\d{2}(:\d{2})?$/.test(text) ? text.replace(/\+00(:00)?$/, 'Z') : `${text}Z`;
  }
  return value;
}
