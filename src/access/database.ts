import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { asDiskError, makeDirectory } from '../disk-errors.ts';
import { TonearmError } from '../errors.ts';

const definition = `
  create table if not exists tokens (
    id text primary key, name text not null, role text not null, user text,
    hash blob not null, created_at integer not null, expires_at integer, used_at integer
  ) strict;
  create table if not exists people (
    spotify_id text primary key, user text not null, role text not null, created_at integer not null
  ) strict;
  create table if not exists sessions (
    hash blob primary key, role text not null, user text, grant_key text not null,
    created_at integer not null, expires_at integer not null
  ) strict;
`;

/**
 * Opens the file of accounts, which its owner alone can read. What is deleted from it is overwritten, and it has no
 * journal that would keep it.
 * @param create false: undefined where there is no file yet.
 * @throws TonearmError TNA_ACCESS_UNREADABLE, TNA_DISK_FULL, TNA_DATA_DIRECTORY_UNWRITABLE
 */
export function openDatabase(path: string, create: boolean): DatabaseSync | undefined {
  if (!create && !existsSync(path)) return undefined;
  makeDirectory(dirname(path));
  try {
    // SQLite would make it readable by others.
    closeSync(openSync(path, 'a', 0o600));
    const database = new DatabaseSync(path);
    database.exec('pragma busy_timeout = 5000; pragma secure_delete = on;');
    database.exec(definition);
    return database;
  } catch (error) {
    const disk = asDiskError(error, path);
    if (disk !== error) throw disk;
    throw new TonearmError('TNA_ACCESS_UNREADABLE', `${path} cannot be read.`, {
      cause: error,
      remedy: 'Restore it from a backup, or delete it and make new tokens: ./tonearm access token.',
    });
  }
}
