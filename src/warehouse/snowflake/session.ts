/** A signed-in session with Snowflake. The driver is loaded when the first one is opened. */
import type { Binds, Connection, SnowflakeError } from 'snowflake-sdk';
import { TonearmError } from '../../errors.ts';
import type { SnowflakeLocation } from './location.ts';

/** Runs one statement with bound values (`?` or `:1`) and answers with its rows. */
export type Ask = (
  sql: string,
  binds?: Binds,
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface SnowflakeSession {
  /** Column names are in lower case. */
  readonly ask: Ask;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** The role that builds, when left out. */
  readonly role?: string;
  /** `tonearm:<run id>:<step>`: what Snowflake's query history shows. */
  readonly tag?: string;
}

/**
 * Signs in. Times are UTC.
 * @throws TonearmError TNA_WAREHOUSE_UNREACHABLE, TNA_WAREHOUSE_DENIED
 */
export async function openSnowflake(
  location: SnowflakeLocation,
  options: SessionOptions = {},
): Promise<SnowflakeSession> {
  const { default: driver } = await import('snowflake-sdk');
  driver.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  const { account, database, warehouse, user, url } = location;
  const connection = driver.createConnection({
    account,
    database,
    warehouse,
    username: user,
    role: options.role ?? location.role,
    queryTag: options.tag ?? 'tonearm',
    application: 'tonearm',
    sfRetryMaxLoginRetries: 2,
    ...(url === undefined ? {} : { accessUrl: url }),
    ...(location.privateKeyFile === undefined
      ? { password: location.password }
      : {
          authenticator: 'SNOWFLAKE_JWT',
          privateKeyPath: location.privateKeyFile,
          ...(location.passphrase === undefined ? {} : { privateKeyPass: location.passphrase }),
        }),
  });
  await new Promise<void>((resolve, reject) =>
    connection.connect((error) =>
      error === undefined || error === null ? resolve() : reject(signInError(error, location)),
    ),
  );
  const ask = asker(connection);
  return {
    ask,
    close: () =>
      new Promise((resolve) => {
        connection.destroy(() => resolve());
      }),
  };
}

/** Signs in for one piece of work and out afterwards. */
export async function withSnowflake<T>(
  location: SnowflakeLocation,
  options: SessionOptions,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const session = await openSnowflake(location, options);
  try {
    return await work(session.ask);
  } finally {
    await session.close();
  }
}

function asker(connection: Connection): Ask {
  return (sqlText, binds) =>
    new Promise((resolve, reject) => {
      connection.execute({
        sqlText,
        ...(binds === undefined ? {} : { binds }),
        complete(error, _, rows) {
          if (error !== undefined && error !== null) reject(statementError(error, sqlText));
          else resolve((rows ?? []).map(lowerCase));
        },
      });
    });
}

const lowerCase = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

function signInError(error: SnowflakeError, { account, user }: SnowflakeLocation): TonearmError {
  const message = oneLine(error.message);
  const denied = /incorrect|jwt|private key|decrypt|role|authentic|390\d{3}/i.test(
    `${message} ${error.code}`,
  );
  return new TonearmError(
    denied ? 'TNA_WAREHOUSE_DENIED' : 'TNA_WAREHOUSE_UNREACHABLE',
    denied
      ? `Snowflake does not let ${user} in: ${message}`
      : `Snowflake's account ${account} cannot be reached: ${message}`,
    {
      cause: error,
      remedy: denied
        ? 'Check user, key and role; ./tonearm warehouse check looks at each part.'
        : 'Check the account in TONEARM_WAREHOUSE and the network, then run again: nothing was lost.',
    },
  );
}

/** What a statement was refused for. @param sql its first words tell which it was. */
export function statementError(error: SnowflakeError, sql: string): TonearmError {
  const message = oneLine(error.message);
  const what = oneLine(sql).slice(0, 60);
  if (/resource monitor|quota/i.test(message)) return quotaError(message, error);
  return new TonearmError('TNA_WAREHOUSE_REFUSED', `Snowflake refused "${what} …": ${message}`, {
    cause: error,
    remedy: './tonearm warehouse check finds what is missing; ./tonearm warehouse setup makes it.',
  });
}

/** The monitor has suspended the warehouse. */
export const quotaError = (message: string, cause?: unknown): TonearmError =>
  new TonearmError('TNA_WAREHOUSE_SUSPENDED', `The month's credits are used up: ${message}`, {
    cause,
    remedy:
      'Raise the quota of the resource monitor, or wait for the next month. Nothing was published; the next run goes on from here.',
  });
