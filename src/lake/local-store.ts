import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { asDiskError } from '../disk-errors.ts';
import type { Store, StoredObject } from './store.ts';

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const temporaryBeside = (target: string): string =>
  join(dirname(target), `.${randomUUID().slice(0, 13)}.tmp`);

/** A folder as the lake's store. Put-if-absent is a hard link, which fails when the name exists. */
export class LocalStore implements Store {
  readonly #root: string;
  readonly #knownFolders = new Set<string>();

  constructor(root: string) {
    this.#root = resolve(root);
  }

  location(key: string): string {
    return join(this.#root, key);
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    const target = await this.#prepare(key);
    const temporary = await this.#writeTemporary(target, bytes);
    try {
      return await this.#linkIfAbsent(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const target = await this.#prepare(key);
    const temporary = await this.#writeTemporary(target, bytes);
    await rename(temporary, target);
    await syncPath(dirname(target));
  }

  async uploadIfAbsent(key: string, localPath: string): Promise<boolean> {
    const target = await this.#prepare(key);
    try {
      await syncPath(localPath);
      const won = await this.#linkIfAbsent(localPath, target).catch((error) => {
        if (error.code !== 'EXDEV') throw error;
        return this.#copyIfAbsent(localPath, target);
      });
      if (won) await rm(localPath, { force: true });
      return won;
    } catch (error) {
      throw asDiskError(error, target);
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.location(key));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw asDiskError(error, this.location(key));
    }
  }

  async localCopy(key: string): Promise<string | undefined> {
    const path = this.location(key);
    const found = await stat(path).catch((error) => {
      if (error.code === 'ENOENT') return undefined;
      throw asDiskError(error, path);
    });
    return found === undefined ? undefined : path;
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    const folder = this.location(prefix);
    const entries = await opendir(folder, { recursive: true }).catch((error) => {
      if (error.code === 'ENOENT') return undefined;
      throw asDiskError(error, folder);
    });
    if (entries === undefined) return;
    for await (const entry of entries) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue;
      const key = relative(this.#root, path).split(sep).join('/');
      yield { key, bytes: found.size, modifiedAt: found.mtimeMs };
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.location(key), { force: true });
  }

  async readerAccess(): Promise<undefined> {
    return undefined;
  }

  /** An upload that was not finished is a file beside its place: it is listed like any other. */
  async endAbandonedUploads(): Promise<number> {
    return 0;
  }

  async #prepare(key: string): Promise<string> {
    const target = this.location(key);
    const folder = dirname(target);
    if (!this.#knownFolders.has(folder)) {
      try {
        await mkdir(folder, { recursive: true });
      } catch (error) {
        throw asDiskError(error, folder);
      }
      this.#knownFolders.add(folder);
    }
    return target;
  }

  async #writeTemporary(target: string, bytes: Uint8Array): Promise<string> {
    const temporary = temporaryBeside(target);
    try {
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      await rm(temporary, { force: true });
      throw asDiskError(error, target);
    }
    return temporary;
  }

  /** A file of another file system can't be linked: its copy beside the target can. */
  async #copyIfAbsent(from: string, to: string): Promise<boolean> {
    const temporary = temporaryBeside(to);
    try {
      await copyFile(from, temporary);
      await syncPath(temporary);
      return await this.#linkIfAbsent(temporary, to);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #linkIfAbsent(from: string, to: string): Promise<boolean> {
    try {
      await link(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
    await syncPath(dirname(to));
    return true;
  }
}
