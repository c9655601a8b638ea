/** The external tables of Snowflake over the lake: their columns follow from the contracts. */
import type { GeneratedFile } from './generate-dbt.ts';
import { type LakeType, lakeColumns, partitionColumns } from './lake-columns.ts';
import { type LakeTableName, lakeTableNames, lakeTables } from './lake-tables.ts';

const sqlTypes: Record<LakeType, string> = {
  string: 'varchar',
  long: 'bigint',
  integer: 'integer',
  boolean: 'boolean',
  timestamp: 'timestamp_tz',
};

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** A partition column takes its value from the path, with the few functions that are allowed there. */
const fromPath = (name: string): string =>
  `to_number(split_part(split_part(metadata$filename, '/${name}=', 2), '/', 1))`;

function externalTable(table: LakeTableName): string {
  const columns = [
    ...lakeColumns(table).map(
      ({ name, type }) => `${name} ${sqlTypes[type]} as (value:${name}::${sqlTypes[type]})`,
    ),
    '_file varchar as (metadata$filename)',
    ...partitionColumns.map(({ name }) => `${name} integer as (${fromPath(name)})`),
  ];
  return [
    `create or replace external table <% database %>.lake.${table} (`,
    columns.map((line) => `  ${line}`).join(',\n'),
    ')',
    `partition by (${partitionColumns.map(({ name }) => name).join(', ')})`,
    `location = @<% database %>.lake.lake_stage/${table}/`,
    // The log's checkpoints are Parquet too, in a folder of their own.
    "pattern = '.*/hour=[0-9]+/[^/]+[.]parquet'",
    'refresh_on_create = true',
    'auto_refresh = false',
    "file_format = (format_name = '<% database %>.lake.parquet_files')",
    'copy grants',
    `comment = ${text(lakeTables[table].description)};`,
    '',
  ].join('\n');
}

export function generateSnowflakeFiles(): GeneratedFile[] {
  return [
    {
      path: 'infra/snowflake/06_external_tables.sql',
      content: [
        '-- Generated from contracts/ by `npm run generate`. Do not edit.',
        '-- Every Parquet file below a folder of the lake; the pipeline refreshes them by changed folder.',
        ...lakeTableNames.map(externalTable),
      ].join('\n'),
    },
  ];
}
