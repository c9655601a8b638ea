/**
 * Every failure that Tonearm itself detects. A code names the stage and what
 * happened; `docs/reference/errors.md` lists each with its remedy, and a test
 * compares the two.
 */
export const errorCodes = {
  TNA_ACCESS_DENIED: 'Somebody asked for what their account may not see.',
  TNA_ACCESS_FOREIGN_PAGE: 'A page elsewhere tried to change something here.',
  TNA_ACCESS_SIGN_IN: 'Somebody asked for what is shown after signing in.',
  TNA_ACCESS_UNREADABLE: 'The file of accounts cannot be read.',
  TNA_ALERTS_BUSY: 'Another process holds the book of alerts.',
  TNA_ALERTS_UNDELIVERED: 'A channel did not take the alerts that wait for it.',
  TNA_CONFIG_INVALID: 'A setting has a value that cannot be used.',
  TNA_CONFIG_UNSUPPORTED: 'A setting names an adapter that this build does not have.',
  TNA_CONTRACT_EMPTY: 'A record has no value.',
  TNA_CONTRACT_INVALID_VALUE: 'A field has a value outside what the contract allows.',
  TNA_CONTRACT_MISSING_FIELD: 'A field that the contract requires is absent.',
  TNA_CONTRACT_NOT_JSON: 'A record is not a JSON document.',
  TNA_CONTRACT_NOT_OBJECT: 'A record is JSON, but not an object.',
  TNA_CONTRACT_NOT_UTF8: 'A record is not UTF-8 text.',
  TNA_CONTRACT_WRONG_TYPE: 'A field has another type than the contract says.',
  TNA_DATA_DIRECTORY_UNWRITABLE: 'The data directory cannot be written.',
  TNA_DISK_FULL: 'The disk has no room left.',
  TNA_IMPORT_ARCHIVE_UNSAFE: 'A zip holds paths that lead out of it.',
  TNA_IMPORT_NOTHING_FOUND: 'The paths hold no listening history.',
  TNA_IMPORT_UNKNOWN_FORMAT: 'A file that was named is no listening history that is known here.',
  TNA_IMPORT_UNREADABLE: 'A file of an export cannot be read or is not what it should be.',
  TNA_LAKE_BUCKET_MISSING: 'The bucket of the lake does not exist.',
  TNA_LAKE_CONTENTION: 'Other writers took every version that a commit tried.',
  TNA_LAKE_DENIED: 'The object store refused the credentials, or what they were used for.',
  TNA_LAKE_FILE_CORRUPT: 'A data file of the lake cannot be read.',
  TNA_LAKE_FILE_MISSING: 'The table names a data file that is not there.',
  TNA_LAKE_LOG_CORRUPT: "An entry of a table's log cannot be read.",
  TNA_LAKE_NOT_ATOMIC: 'The store does not honour put-if-absent.',
  TNA_LAKE_PROTOCOL_UNSUPPORTED: 'A table uses a feature that this version does not know.',
  TNA_LAKE_READER_MISSING: 'DuckDB lacks the extension that reads from an object store.',
  TNA_LAKE_REGION_WRONG: 'The bucket of the lake is in another region.',
  TNA_LAKE_REQUEST_FAILED: 'The object store did not accept a request.',
  TNA_LAKE_ROWS_DIFFER: 'Files of the lake hold another number of rows than its log counts.',
  TNA_LAKE_UNREACHABLE: 'The object store does not answer, or keeps failing.',
  TNA_LISTENER_FORGOTTEN: 'A listener was erased here and does not come back by themselves.',
  TNA_LOG_CLOSED: 'The log was used after it had been closed.',
  TNA_LOG_CORRUPT: 'What the log has stored is damaged.',
  TNA_LOG_DENIED: 'The brokers refused this client.',
  TNA_LOG_NEWER: 'The file of the embedded log was written by a newer version.',
  TNA_LOG_OFFSET_OUT_OF_RANGE: 'A reader asked for an offset that the log does not hold.',
  TNA_LOG_RECORD_TOO_LARGE: 'A record is larger than the topic allows.',
  TNA_LOG_SCHEMA_REGISTRY: 'The schema registry did not take a schema.',
  TNA_LOG_UNREACHABLE: 'The brokers do not answer.',
  TNA_PIPELINE_BUSY: 'Another process runs the pipeline on the same data.',
  TNA_PIPELINE_NOT_BUILT: 'A step came before the build that it needs.',
  TNA_PIPELINE_STOPPED: 'A step was stopped before its end.',
  TNA_QUALITY_FAILED: 'Tests of the models failed, so nothing was published.',
  TNA_QUERY_FAILED: 'A statement could not be run.',
  TNA_QUERY_NOTHING_PUBLISHED: 'There is nothing to ask yet.',
  TNA_QUERY_REFUSED: 'A statement that does more than read was refused.',
  TNA_QUERY_VERSION_GONE: 'A version or moment that was asked for is no longer kept.',
  TNA_RECOMMEND_INPUT: 'A file of users, items and weights cannot be used.',
  TNA_RECOMMEND_OUTPUT: 'The file of recommendations cannot be written.',
  TNA_SERVING_FAILED: 'A request met an unexpected failure.',
  TNA_SERVING_HOST_REFUSED:
    'The server was asked to listen, or was called, on a foreign host name.',
  TNA_SERVING_MARTS_UNREADABLE: 'The published marts cannot be read.',
  TNA_SERVING_NOT_FOUND: 'There is nothing at this address.',
  TNA_SERVING_PARAMETER_INVALID: 'A parameter of a request has a value that cannot be used.',
  TNA_SERVING_PORT_IN_USE: 'Another program listens on the port.',
  TNA_SERVING_REPLAY_RUNS: 'Dead letters are being replayed already.',
  TNA_SERVING_TOO_MANY_REQUESTS: 'Somebody asked more often than is allowed.',
  TNA_SINK_REPLACED: 'Another sink has moved the positions that this one held.',
  TNA_SERVICE_INSTALL_FAILED: 'A program that a local service needs could not be fetched or built.',
  TNA_SERVICE_PROGRAM_MISSING: 'A program that a local service needs is not installed.',
  TNA_SERVICE_START_FAILED: 'A local service did not start.',
  TNA_SIMULATOR_CATALOGUE: 'A catalogue file cannot be used.',
  TNA_SINK_OTHER_LOG: 'The log is not the one that the lake is filled from.',
  TNA_SINK_OFFSETS_LOST: 'The log no longer holds records that the lake has not stored.',
  TNA_SPOTIFY_KEY_WRONG: 'Stored tokens do not open with the key, or the key is none.',
  TNA_SPOTIFY_LOGIN_FAILED: 'Signing in with Spotify did not come to its end.',
  TNA_SPOTIFY_NOT_SET_UP: 'No app at Spotify is named in the settings.',
  TNA_SPOTIFY_OTHER_ACCOUNT:
    'A listener and a Spotify account belong together already, with another.',
  TNA_SPOTIFY_PORT_IN_USE: 'The port for the redirect of the login is taken.',
  TNA_SPOTIFY_STATE_UNREADABLE: 'What was stored of an account cannot be read.',
  TNA_SPOTIFY_UNAVAILABLE: 'Spotify does not answer, refuses, or asks to wait.',
  TNA_USAGE: 'The command was called with options that do not fit.',
  TNA_WAREHOUSE_BUILD_FAILED: 'A model could not be built.',
  TNA_WAREHOUSE_DENIED: 'Snowflake does not let the user in.',
  TNA_WAREHOUSE_LOCKED: 'Another process holds the warehouse file.',
  TNA_WAREHOUSE_PYTHON_MISSING: 'The Python environment of dbt is missing and could not be made.',
  TNA_WAREHOUSE_REFUSED: 'Snowflake did not run a statement.',
  TNA_WAREHOUSE_SUSPENDED: 'The credits of the month are used up, so Snowflake computes nothing.',
  TNA_WAREHOUSE_UNREACHABLE: 'Snowflake does not answer.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface TonearmErrorOptions {
  /** The failure underneath, if any. */
  cause?: unknown;
  /** What was being worked on: paths, topics, offsets. Never a secret. */
  context?: Record<string, unknown>;
  /** What the reader can do about it: one sentence. */
  remedy?: string;
}

/** An error with a stable code. The message says what and where; the remedy says what to do. */
export class TonearmError extends Error {
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, options: TonearmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TonearmError';
    this.code = code;
    this.context = Object.freeze({ ...options.context });
    this.remedy = options.remedy;
  }
}
