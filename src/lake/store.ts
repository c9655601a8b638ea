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
  /** Keys below a prefix with size in bytes and time of last change in ms, in no order. */
  list(prefix: string): AsyncIterable<{ key: string; bytes: number; modifiedAt: number }>;
  /** Removes an object; removing what is not there is fine. */
  delete(key: string): Promise<void>;
  /** What a reader such as DuckDB opens: an absolute path or a URL. */
  location(key: string): string;
}
