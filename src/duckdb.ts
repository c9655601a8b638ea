import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { httpfsExtension } from '../scripts/python-environment.mjs';
import { TonearmError } from './errors.ts';

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

/** How DuckDB reaches an object store. */
export interface S3Access {
  /** Beginning of the URLs that this is for. */
  readonly scope: string;
  readonly region: string;
  readonly keyId: string;
  readonly secret: string;
  readonly sessionToken?: string;
  /** `host[:port]` of a server other than AWS. */
  readonly endpoint?: string;
  /** The bucket is part of the path, not of the host name. */
  readonly pathStyle: boolean;
  readonly encrypted: boolean;
}

/**
 * Lets a connection read `s3://` URLs: loads DuckDB's extension httpfs, from the environment of dbt or from
 * DuckDB's own hub, and tells it the keys. They stay in this DuckDB's memory.
 * @throws TonearmError TNA_LAKE_READER_MISSING
 */
export async function allowS3(connection: DuckDBConnection, access: S3Access): Promise<void> {
  const [load, ...secrets] = s3Statements(access);
  try {
    await connection.run(load);
  } catch (error) {
    throw new TonearmError(
      'TNA_LAKE_READER_MISSING',
      "DuckDB's extension httpfs cannot be loaded.",
      {
        cause: error,
        remedy:
          'Run node scripts/python-environment.mjs, which brings it, or allow extensions.duckdb.org.',
      },
    );
  }
  for (const secret of secrets) await connection.run(secret);
}

/** The statements that `allowS3` runs: one that loads the extension, one that holds the keys. Never to be logged. */
export function s3Statements(access: S3Access): [string, string] {
  const path = httpfsExtension();
  const settings = [
    'type s3',
    `key_id ${literal(access.keyId)}`,
    `secret ${literal(access.secret)}`,
    `region ${literal(access.region)}`,
    `scope ${literal(access.scope)}`,
    `url_style ${literal(access.pathStyle ? 'path' : 'vhost')}`,
    `use_ssl ${access.encrypted}`,
    ...(access.sessionToken === undefined ? [] : [`session_token ${literal(access.sessionToken)}`]),
    ...(access.endpoint === undefined ? [] : [`endpoint ${literal(access.endpoint)}`]),
  ];
  return [
    path === undefined ? 'install httpfs; load httpfs' : `load ${literal(path)}`,
    `create or replace temporary secret lake (${settings.join(', ')})`,
  ];
}
