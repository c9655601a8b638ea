import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { asDiskError, makeDirectory } from './disk-errors.ts';

export interface ProcessLock {
  release(): void;
}

/**
 * Takes a lock that one holder on this machine can have; undefined when it is taken.
 * It is SQLite's lock on a file, which the system lets go of when its process ends, however it ends.
 * @param holder who has it, in a few words: what `lockHolder` tells others.
 */
export function tryLock(path: string, holder?: string): ProcessLock | undefined {
  makeDirectory(dirname(path));
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('begin exclusive');
  } catch (error) {
    database?.close();
    const { errstr } = error as { errstr?: string };
    if (errstr === 'database is locked') return undefined;
    const code = /unable to open|readonly/.test(errstr ?? '') ? 'EACCES' : undefined;
    throw asDiskError(code === undefined ? error : { code, cause: error }, path);
  }
  const held = database;
  const note = `${path}.holder`;
  if (holder !== undefined) writeFileSync(note, holder);
  else rmSync(note, { force: true });
  return { release: () => held.close() };
}

/** Who took a lock last, in the holder's words; undefined when it did not say. */
export function lockHolder(path: string): string | undefined {
  try {
    return readFileSync(`${path}.holder`, 'utf8');
  } catch {
    return undefined;
  }
}
