import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { asDiskError, makeDirectory } from '../disk-errors.ts';
import { TonearmError } from '../errors.ts';

const schemaVersion = 3;

const definition = `
  create table if not exists batches (
    topic text not null,
    partition integer not null,
    base_offset integer not null,
    next_offset integer not null,
    first_timestamp integer not null,
    last_timestamp integer not null,
    appended_at integer not null,
    bytes integer not null,
    codec text not null,
    frame blob not null,
    primary key (topic, partition, base_offset)
  ) without rowid;
  create table if not exists partitions (
    topic text not null,
    partition integer not null,
    earliest integer not null default 0,
    latest integer not null default 0,
    primary key (topic, partition)
  ) without rowid;
  create table if not exists producers (
    id text not null,
    topic text not null,
    source text not null,
    sequence integer not null,
    primary key (id, topic, source)
  ) without rowid;
  create table if not exists group_offsets (
    group_name text not null,
    topic text not null,
    partition integer not null,
    next_offset integer not null,
    primary key (group_name, topic, partition)
  ) without rowid;
  create table if not exists identity (name text not null);
  insert into identity
    select 'file:' || lower(hex(randomblob(16))) where not exists (select 1 from identity);
`;

/**
 * Opens the log's file, creating it when missing. Durable (`synchronous = full`) and shared:
 * readers never block the one writer of the moment.
 */
export function openDatabase(directory: string): DatabaseSync {
  const path = join(directory, 'log.sqlite');
  let database: DatabaseSync;
  try {
    makeDirectory(directory);
    database = new DatabaseSync(path, { timeout: 30_000 });
    database.exec('pragma page_size = 32768; pragma auto_vacuum = incremental');
    database.exec('pragma journal_mode = wal; pragma synchronous = full;');
    database.exec('pragma wal_autocheckpoint = 500');
    // What is deleted is overwritten where that costs no writes of its own.
    database.exec('pragma secure_delete = fast');
    const version = Number(database.prepare('pragma user_version').get()?.user_version ?? 0);
    if (version > schemaVersion) {
      throw new TonearmError(
        'TNA_LOG_NEWER',
        `${path} was written by a newer version of Tonearm.`,
        {
          remedy: 'Update Tonearm, or choose another place with TONEARM_LOG.',
        },
      );
    }
    if (version < schemaVersion) {
      database.exec(
        `begin immediate; ${definition} pragma user_version = ${schemaVersion}; commit;`,
      );
    }
  } catch (error) {
    throw asLogError(error, path);
  }
  return database;
}

/** Turns SQLite's failures into errors that a person can act on. */
export function asLogError(error: unknown, path: string): unknown {
  if (error instanceof TonearmError) return error;
  const message = String((error as Error)?.message ?? error);
  if (/database or disk is full/i.test(message)) {
    return asDiskError({ code: 'ENOSPC', cause: error }, path);
  }
  if (/readonly database|unable to open database/i.test(message)) {
    return asDiskError({ code: 'EACCES', cause: error }, path);
  }
  if (/malformed|not a database|disk image/i.test(message)) {
    return new TonearmError('TNA_LOG_CORRUPT', `${path} is damaged: ${message}.`, {
      cause: error,
      remedy: 'Move the file away and start again: what the lake has stored is not touched.',
    });
  }
  return asDiskError(error, path);
}
