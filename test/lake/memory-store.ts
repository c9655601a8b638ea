import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Store } from '../../src/lake/store.ts';

/** A store in memory. What "local files" hold can be given by name instead of on a disk. */
export class MemoryStore implements Store {
  readonly objects = new Map<string, { bytes: Uint8Array; modifiedAt: number }>();
  readonly staged = new Map<string, Uint8Array>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    if (this.objects.has(key)) return false;
    this.objects.set(key, { bytes, modifiedAt: this.#clock() });
    return true;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.objects.set(key, { bytes, modifiedAt: this.#clock() });
  }

  async uploadIfAbsent(key: string, localPath: string): Promise<boolean> {
    const staged = this.staged.get(localPath);
    const won = await this.putIfAbsent(key, staged ?? (await readFile(localPath)));
    if (won && staged === undefined) await rm(localPath, { force: true });
    return won;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.objects.get(key)?.bytes;
  }

  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number; modifiedAt: number }> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    for (const key of keys) {
      const found = this.objects.get(key);
      if (found) yield { key, bytes: found.bytes.length, modifiedAt: found.modifiedAt };
    }
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }

  async localCopy(key: string, directory: string): Promise<string | undefined> {
    const bytes = this.objects.get(key)?.bytes;
    if (bytes === undefined) return undefined;
    const path = join(directory, basename(key));
    await writeFile(path, bytes);
    return path;
  }

  async readerAccess(): Promise<undefined> {
    return undefined;
  }

  async endAbandonedUploads(): Promise<number> {
    return 0;
  }

  location(key: string): string {
    return `memory:${key}`;
  }
}
