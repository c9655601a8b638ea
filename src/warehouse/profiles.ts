/** How dbt connects: its profile, and what the profile takes from the environment of the dbt process. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { SnowflakeLocation } from './snowflake/location.ts';

/** Where dbt leaves its manifest and what it compiled. */
export const dbtTarget = ({ dataDirectory }: Pick<Config, 'dataDirectory'>): string =>
  join(dataDirectory, 'run', 'dbt', 'target');

/** The profile. No secret is in it. */
export function profiles({
  warehouse,
  warehouseMemory,
  lake,
}: Pick<Config, 'warehouse' | 'warehouseMemory' | 'lake'>): string {
  const output =
    warehouse.kind === 'snowflake'
      ? snowflake(warehouse)
      : [
          'type: duckdb',
          `path: ${JSON.stringify(warehouse.path)}`,
          'schema: main',
          'threads: 1',
          'settings:',
          '  TimeZone: UTC',
          '  preserve_insertion_order: false',
          // The rest goes to a folder beside the file, `<file>.tmp`, which DuckDB empties.
          `  memory_limit: ${JSON.stringify(warehouseMemory)}`,
          // A long history's checkpoint takes a second: one when the build ends is enough.
          '  checkpoint_threshold: 1GB',
          ...(lake.kind === 's3' ? ['plugins:', '  - module: lake_access'] : []),
        ];
  return [
    'tonearm:',
    `  target: ${warehouse.kind}`,
    '  outputs:',
    `    ${warehouse.kind}:`,
    ...output.map((line) => `      ${line}`),
    '',
  ].join('\n');
}

function snowflake(warehouse: SnowflakeLocation): string[] {
  const { account, database, user, role, warehouse: compute, privateKeyFile, url } = warehouse;
  const address = url === undefined ? undefined : new URL(url);
  return [
    'type: snowflake',
    `account: ${JSON.stringify(account)}`,
    `database: ${database}`,
    'schema: GOLD',
    `user: ${user}`,
    `role: ${role}`,
    `warehouse: ${compute}`,
    // The connection is closed after each build, so that the warehouse may sleep.
    'client_session_keep_alive: false',
    'connect_retries: 2',
    'threads: 4',
    `query_tag: "{{ env_var('TONEARM_QUERY_TAG') }}"`,
    ...(privateKeyFile === undefined
      ? [`password: "{{ env_var('DBT_ENV_SECRET_SNOWFLAKE_PASSWORD') }}"`]
      : [
          `private_key_path: ${JSON.stringify(privateKeyFile)}`,
          ...(warehouse.passphrase === undefined
            ? []
            : [`private_key_passphrase: "{{ env_var('DBT_ENV_SECRET_SNOWFLAKE_PASSPHRASE') }}"`]),
        ]),
    ...(address === undefined
      ? []
      : [
          `host: ${address.hostname}`,
          `protocol: ${address.protocol.slice(0, -1)}`,
          `port: ${address.port || (address.protocol === 'https:' ? 443 : 80)}`,
        ]),
  ];
}

/**
 * Goes by the pipe to the dbt process, so that it is in no file, no argument and no log: dbt covers what begins
 * with DBT_ENV_SECRET.
 */
export function warehouseEnvironment(
  warehouse: Config['warehouse'],
  queryTag: string,
): Record<string, string> {
  if (warehouse.kind !== 'snowflake') return {};
  const { password, passphrase } = warehouse;
  return {
    TONEARM_QUERY_TAG: queryTag,
    ...(password === undefined ? {} : { DBT_ENV_SECRET_SNOWFLAKE_PASSWORD: password }),
    ...(passphrase === undefined ? {} : { DBT_ENV_SECRET_SNOWFLAKE_PASSPHRASE: passphrase }),
  };
}
