/**
 * Every failure that Tonearm itself detects. A code names the stage and what
 * happened; `docs/reference/errors.md` lists each with its remedy, and a test
 * compares the two.
 */
export const errorCodes = {
  TNA_CONFIG_INVALID: 'A setting has a value that cannot be used.',
  TNA_CONFIG_UNSUPPORTED: 'A setting names an adapter that this build does not have.',
  TNA_DATA_DIRECTORY_UNWRITABLE: 'The data directory cannot be written.',
  TNA_DISK_FULL: 'The disk has no room left.',
  TNA_USAGE: 'The command was called with options that do not fit.',
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
