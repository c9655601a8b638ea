import { type ErrorCode, TonearmError } from '../../errors.ts';

/** A file of an export that stops the import before anything is sent. */
export function unreadable(
  name: string,
  what: string,
  cause?: unknown,
  code: ErrorCode = 'TNA_IMPORT_UNREADABLE',
): TonearmError {
  return new TonearmError(code, `${name}: ${what}.`, {
    cause,
    remedy: 'Nothing was imported. Correct or leave out that file, then import again.',
  });
}
