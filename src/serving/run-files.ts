import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { runRecord } from './run-schema.ts';

type RunRecord = z.infer<typeof runRecord>;

const suffix = '.json';

/**
 * Reads the records that pipeline runs leave behind. A file is written once, at the end of its
 * run, and run ids sort by time: so the names alone tell which are newest.
 */
export class RunFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Newest first. Files that are no run records are left out. */
  async newest(limit: number): Promise<RunRecord[]> {
    const names = (await this.#names()).sort().reverse();
    const records: RunRecord[] = [];
    for (const name of names) {
      if (records.length === limit) break;
      const record = await this.#read(name);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  async find(runId: string): Promise<RunRecord | undefined> {
    return (await this.#names()).includes(runId + suffix)
      ? await this.#read(runId + suffix)
      : undefined;
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#directory)).filter((name) => name.endsWith(suffix));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  async #read(name: string): Promise<RunRecord | undefined> {
    try {
      const text = await readFile(join(this.#directory, name), 'utf8');
      return runRecord.safeParse(JSON.parse(text)).data;
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (gone || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}
