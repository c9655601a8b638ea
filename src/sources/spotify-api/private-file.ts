import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { asDiskError, makeDirectory } from '../../disk-errors.ts';

/**
 * Replaces a file in one step. Only its owner can read it.
 * @throws TonearmError TNA_DISK_FULL, TNA_DATA_DIRECTORY_UNWRITABLE
 */
export function writePrivately(path: string, text: string): void {
  makeDirectory(dirname(path));
  const beside = `${path}.${process.pid}.new`;
  try {
    rmSync(beside, { force: true });
    const file = openSync(beside, 'wx', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw asDiskError(error, path);
  }
}
