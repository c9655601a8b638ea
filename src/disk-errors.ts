import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { TonearmError } from './errors.ts';

/**
 * Makes a folder with all above it, one at a time: Node's own recursive way never ends below /proc.
 * @throws TonearmError TNA_DATA_DIRECTORY_UNWRITABLE, TNA_DISK_FULL
 */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    // On a read-only file system making folders fails as if the parent were missing.
    throw asDiskError(code === 'ENOENT' ? { code: 'EROFS', cause: error } : error, path);
  }
}

/** Turns a full disk or a place that can't be written into an error a person can act on. */
export function asDiskError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TonearmError('TNA_DISK_FULL', `No space is left to write ${path}.`, {
      cause: error,
      remedy: 'Free some space, or move the data with TONEARM_DATA, then start again.',
    });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new TonearmError(
      'TNA_DATA_DIRECTORY_UNWRITABLE',
      `${path} cannot be written (${code}).`,
      {
        cause: error,
        remedy: 'Give this user write access to it, or choose another place with TONEARM_DATA.',
      },
    );
  }
  return error;
}
