/**
 * The part of the dbt project that follows from the contracts: sources, bronze models with
 * their columns, descriptions of the fields, and the typed empty relation of each lake table.
 */
import { devices, sources } from './event.ts';
import { type LakeColumn, type LakeType, lakeColumns, partitionColumns } from './lake-columns.ts';
import { type LakeTableName, lakeTableNames, lakeTables } from './lake-tables.ts';

/** A file of the repository: path from its root, and the text that belongs there. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

const notice = 'Generated from contracts/ by `npm run generate`. Do not edit.';

/** Type names that both DuckDB and Snowflake understand. */
const sqlTypes: Record<LakeType, string> = {
  string: 'varchar',
  long: 'bigint',
  integer: 'integer',
  boolean: 'boolean',
  timestamp: 'timestamptz',
};

const quote = (text: string): string => JSON.stringify(text);

/** Columns of a bronze model: the data files' own and the ones in the path. */
export function bronzeColumns(table: LakeTableName): LakeColumn[] {
  return [...lakeColumns(table), ...partitionColumns];
}

function columnYaml(column: LakeColumn, indent: string): string {
  return [
    `${indent}- name: ${column.name}`,
    `${indent}  data_type: ${sqlTypes[column.type]}`,
    `${indent}  description: ${quote(column.description)}`,
  ].join('\n');
}

function sourcesYaml(): string {
  const tables = lakeTableNames.map((table) =>
    [
      `      - name: ${table}`,
      `        description: ${quote(lakeTables[table].description)}`,
      '        columns:',
      ...bronzeColumns(table).map((column) => columnYaml(column, '          ')),
    ].join('\n'),
  );
  return [
    `# ${notice}`,
    'version: 2',
    'sources:',
    '  - name: lake',
    '    schema: lake',
    '    description: Delta tables of the lake, one a topic, partitioned by the hour of receipt.',
    '    tables:',
    ...tables,
    '',
  ].join('\n');
}

function modelsYaml(): string {
  const models = lakeTableNames.map((table) =>
    [
      `  - name: bronze_${table}`,
      `    description: ${quote(`${lakeTables[table].description} As received, duplicates included. Grain: one row per record of the lake.`)}`,
      '    config:',
      `      alias: ${table}`,
      '    columns:',
      ...bronzeColumns(table).map((column) => columnYaml(column, '      ')),
    ].join('\n'),
  );
  return [`# ${notice}`, 'version: 2', 'models:', ...models, ''].join('\n');
}

/** `{{ doc('event_<field>') }}`: the contract's own words, for every model that keeps the field. */
function fieldDocs(): string {
  const described = new Map<string, string>();
  for (const table of lakeTableNames.filter((name) => name !== 'dead_letters')) {
    for (const { name, description } of lakeColumns(table)) {
      if (!described.has(name)) described.set(name, description);
    }
  }
  const blocks = [...described].map(
    ([name, text]) => `{% docs event_${name.replace(/^_/, '')} %}${text}{% enddocs %}`,
  );
  return [`<!-- ${notice} -->`, ...blocks, ''].join('\n');
}

const list = (values: readonly string[]): string =>
  `[${values.map((value) => `'${value}'`).join(', ')}]`;

function contractMacros(): string {
  const columns = lakeTableNames.flatMap((table) => [
    `    '${table}': [`,
    ...lakeColumns(table).map(({ name, type }) => `      ['${name}', '${sqlTypes[type]}'],`),
    '    ],',
  ]);
  return [
    `{# ${notice} #}`,
    '',
    "{# Columns of a lake table's data files as [name, type], in the order of the contract. #}",
    '{% macro lake_columns(table) -%}',
    '  {{ return({',
    ...columns,
    '  }[table]) }}',
    '{%- endmacro %}',
    '',
    '{# Partition columns of every lake table as [name, type]: the hour of receipt. #}',
    '{% macro lake_partition_columns() -%}',
    '  {{ return([',
    ...partitionColumns.map(({ name, type }) => `    ['${name}', '${sqlTypes[type]}'],`),
    '  ]) }}',
    '{%- endmacro %}',
    '',
    '{# A relation without rows that has every column of a lake table. #}',
    '{% macro empty_lake_table(table) -%}',
    'select',
    '  {% for name, type in lake_columns(table) + lake_partition_columns() -%}',
    '  cast(null as {{ type }}) as {{ name }}{{ "," if not loop.last }}',
    '  {% endfor -%}',
    'where 1 = 0',
    '{%- endmacro %}',
    '',
    '{# Values that the contract allows in a column. #}',
    '{% macro contract_values(column) -%}',
    '  {{ return({',
    `    'device': ${list(devices)},`,
    `    'source': ${list(sources)},`,
    '  }[column]) }}',
    '{%- endmacro %}',
    '',
  ].join('\n');
}

const bronzeModel = (table: LakeTableName): string =>
  [`-- ${notice}`, `{{ lake_table('${table}') }}`, ''].join('\n');

/** Every generated file of the dbt project. Pure: the same contracts give the same text. */
export function generateDbtFiles(): GeneratedFile[] {
  return [
    { path: 'dbt/models/bronze/lake.yml', content: sourcesYaml() },
    { path: 'dbt/models/bronze/bronze.yml', content: modelsYaml() },
    { path: 'dbt/models/bronze/event_fields.md', content: fieldDocs() },
    { path: 'dbt/macros/generated/contract.sql', content: contractMacros() },
    ...lakeTableNames.map((table) => ({
      path: `dbt/models/bronze/bronze_${table}.sql`,
      content: bronzeModel(table),
    })),
  ];
}
