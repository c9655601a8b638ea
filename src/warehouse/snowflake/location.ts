import { TonearmError } from '../../errors.ts';

/** The database in Snowflake, and who works in it. */
export interface SnowflakeLocation {
  readonly kind: 'snowflake';
  /** DuckDB file of what is computed on this machine beside it: recommendations. */
  readonly path: string;
  /** As Snowflake writes it: `organisation-account`, or a locator with its region. */
  readonly account: string;
  /** In capitals, as the roles, the monitor and the integration that are named after it. */
  readonly database: string;
  readonly user: string;
  /** Builds the models. */
  readonly role: string;
  /** What computes. */
  readonly warehouse: string;
  /** Path of a private key (PKCS 8, PEM). */
  readonly privateKeyFile?: string;
  /** A secret. */
  readonly passphrase?: string;
  /** A secret; where there is no key. */
  readonly password?: string;
  /** `https://host[:port]` where it is not the account's own: private connectivity. */
  readonly url?: string;
}

/** What the environment says beside the URL. */
export interface SnowflakeEnvironment {
  readonly path: string;
  /** `TONEARM_LAKE` */
  readonly lake?: string;
  readonly user?: string;
  readonly role?: string;
  readonly warehouse?: string;
  readonly privateKeyFile?: string;
  readonly passphrase?: string;
  readonly password?: string;
  readonly url?: string;
}

/**
 * Reads `snowflake://account/database`. Names are plain identifiers: nothing in them needs quoting in SQL.
 * @throws TonearmError TNA_CONFIG_INVALID
 */
export function parseSnowflakeLocation(
  text: string,
  environment: SnowflakeEnvironment,
): SnowflakeLocation {
  if (text.includes('@')) {
    throw invalid('TONEARM_WAREHOUSE holds a user or a password.', secrets);
  }
  const match = /^snowflake:\/\/([A-Za-z0-9][A-Za-z0-9_.-]*)\/([^/?#]+)$/.exec(text);
  if (match === null) {
    throw invalid('TONEARM_WAREHOUSE is not of the form snowflake://account/database.');
  }
  const database = name('The database in TONEARM_WAREHOUSE', match[2]!);
  if (environment.lake?.startsWith('s3:') !== true) {
    throw invalid(
      'Snowflake cannot read a lake in a folder of this machine.',
      'Set TONEARM_LAKE to s3://bucket/prefix, or leave TONEARM_WAREHOUSE out for DuckDB.',
    );
  }
  const { path, user, privateKeyFile, passphrase, password, url } = environment;
  if (user === undefined) {
    throw invalid('TONEARM_SNOWFLAKE_USER is not set: nobody to sign in as.', secrets);
  }
  if (privateKeyFile === undefined && password === undefined) {
    throw invalid('There is neither a private key nor a password for Snowflake.', secrets);
  }
  return {
    kind: 'snowflake',
    path,
    account: match[1]!,
    database,
    user: name('TONEARM_SNOWFLAKE_USER', user),
    role: name('TONEARM_SNOWFLAKE_ROLE', environment.role ?? `${database}_TRANSFORM`),
    warehouse: name('TONEARM_SNOWFLAKE_WAREHOUSE', environment.warehouse ?? `${database}_WH`),
    ...(privateKeyFile === undefined
      ? { password }
      : { privateKeyFile, ...(passphrase === undefined ? {} : { passphrase }) }),
    ...(url === undefined ? {} : { url: origin(url) }),
  };
}

function name(what: string, value: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_$]{0,254}$/.test(value)) return value.toUpperCase();
  throw invalid(`${what} is "${value}", which is no plain name: letters, digits, _ and $.`);
}

function origin(text: string): string {
  const url = URL.parse(text);
  if (url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '') {
    return url.origin;
  }
  throw invalid('TONEARM_SNOWFLAKE_URL is not of the form https://host.');
}

const secrets =
  'Set TONEARM_SNOWFLAKE_USER, and TONEARM_SNOWFLAKE_PRIVATE_KEY_FILE or TONEARM_SNOWFLAKE_PASSWORD.';

const invalid = (message: string, remedy = 'docs/guides/snowflake.md shows the settings.') =>
  new TonearmError('TNA_CONFIG_INVALID', message, { remedy });

/** Roles that infra/snowflake makes beside the one that builds. */
export const ingestRole = (warehouse: SnowflakeLocation): string => `${warehouse.database}_INGEST`;
export const readRole = (warehouse: SnowflakeLocation): string => `${warehouse.database}_READ`;
export const billingRole = (warehouse: SnowflakeLocation): string =>
  `${warehouse.database}_BILLING`;
