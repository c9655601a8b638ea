import type { S3Access } from '../duckdb.ts';

/** One object of a store. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** Time of the last change by the store's clock, ms since the epoch. */
  readonly modifiedAt: number;
}

/**
 * Where the lake's bytes live. Keys are relative to the lake's root and use `/`.
 * The one hard requirement is `putIfAbsent`: of any number of writers exactly one wins.
 */
export interface Store {
  /** Writes a small object unless the key exists. Resolves false when it does. Durable on return. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean>;
  /** Writes or replaces a small object; a reader sees the old or the new one, never a part. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * Moves a finished local file into the store under a key that does not exist yet.
   * Resolves false when the key exists. Durable on return; the local file is gone afterwards.
   */
  uploadIfAbsent(key: string, localPath: string): Promise<boolean>;
  /** The object's bytes, or undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /**
   * Path of a local file with the object's bytes, or undefined where there is none: the object itself
   * where it is a file, otherwise a copy that the caller removes with its folder. Never write to it.
   */
  localCopy(key: string, directory: string): Promise<string | undefined>;
  /** The objects below a folder, in no order. */
  list(folder: string): AsyncIterable<StoredObject>;
  /** Removes an object; removing what is not there is fine. */
  delete(key: string): Promise<void>;
  /** What a reader such as DuckDB opens: an absolute path or a URL. */
  location(key: string): string;
  /** What DuckDB needs beside the location; undefined where the location is enough. Asked anew for each use: keys may expire. */
  readerAccess(): Promise<S3Access | undefined>;
  /** Ends uploads below a folder that were begun before a time (ms) and never finished. Returns how many. */
  endAbandonedUploads(folder: string, before: number): Promise<number>;
}
