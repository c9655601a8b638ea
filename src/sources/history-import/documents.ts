import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listArchive } from './archive.ts';
import { decompressed, type ExportDocument, exportOf, readBytes } from './document.ts';
import { unreadable } from './unreadable.ts';

/**
 * Lists the files below the paths: files, folders with all that is in them, zips.
 * @throws TonearmError TNA_IMPORT_UNREADABLE for a path that is not there, TNA_IMPORT_ARCHIVE_UNSAFE.
 */
export async function listDocuments(paths: readonly string[]): Promise<ExportDocument[]> {
  const documents: ExportDocument[] = [];
  for (const path of paths) documents.push(...(await listPath(path, true)));
  return documents;
}

async function listPath(path: string, named: boolean): Promise<ExportDocument[]> {
  const found = await stat(path).catch((error) => {
    throw unreadable(path, 'it is not there or cannot be read', error);
  });
  if (found.isDirectory()) {
    const entries = await readdir(path, { withFileTypes: true });
    const below = [];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const at = join(path, entry.name);
      // A link to a folder may lead back up and never end.
      if (entry.isSymbolicLink() && (await stat(at)).isDirectory()) continue;
      below.push(...(await listPath(at, false)));
    }
    return below;
  }
  if (/\.zip$/i.test(path)) return await listArchive(path);
  return [
    {
      name: path,
      path: path.replaceAll('\\', '/').replace(/\.gz$/i, ''),
      group: exportOf(path),
      named,
      open: async () => decompressed(createReadStream(path, { highWaterMark: readBytes }), path),
    },
  ];
}
