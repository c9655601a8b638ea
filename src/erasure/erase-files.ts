/** What else lies in the data directory: records of runs, alerts, rows that failed, files on their way. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { sep } from 'node:path';
import type { Config } from '../config.ts';
import { openDuckDb } from '../duckdb.ts';
import { eraseFromParquet, unfinished } from './erase-marts.ts';
import type { IdSearch } from './id-search.ts';
import { filesBelow, searchRaw } from './search-stores.ts';

const largestText = 64 * 1024 * 1024;
const texts = /\.(json|jsonl|ndjson|log|txt|csv|tsv|sql|ya?ml|md|html|err|out)$|\/[^./]+$/i;

/**
 * Takes an id out of files whose form nobody else looks after: rows out of Parquet files, the
 * name out of texts. Stores with an owner of their own are left to it.
 * @returns files that were changed.
 */
export async function eraseFromFiles(config: Config, search: IdSearch): Promise<string[]> {
  const owned = [
    config.log.kind === 'file' ? config.log.directory : undefined,
    config.lake.kind === 'file' ? config.lake.directory : undefined,
    config.martsDirectory,
    config.warehouse.path,
    // Of a running sink; it drops what is left there by itself.
    config.stagingDirectory,
    `${config.dataDirectory}${sep}services`,
  ].filter((one) => one !== undefined);
  const changed: string[] = [];
  const database = await openDuckDb({ threads: '1' });
  try {
    for (const path of await filesBelow([config.dataDirectory])) {
      if (owned.some((folder) => path.startsWith(folder))) continue;
      if (path.endsWith(unfinished)) await rm(path, { force: true });
      else if (path.endsWith('.parquet')) {
        const { erased } = await eraseFromParquet(database.connection, path, search);
        if (erased > 0) changed.push(path);
      } else if (texts.test(path) && (await searchRaw(path, search)).hits > 0) {
        await eraseFromText(path, search);
        changed.push(path);
      }
    }
    return changed;
  } finally {
    database.close();
  }
}

async function eraseFromText(path: string, search: IdSearch): Promise<void> {
  const bytes = await readFile(path);
  // A text that is too large to hold is a log of somebody's: it goes as a whole.
  if (bytes.length > largestText) return await rm(path, { force: true });
  await writeFile(`${path}${unfinished}`, search.without(bytes.toString('utf8')), { mode: 0o600 });
  await rename(`${path}${unfinished}`, path);
}
