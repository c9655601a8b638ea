import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { decompressed, type ExportDocument, exportOf } from './document.ts';
import { unreadable } from './unreadable.ts';

const openZip = promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open);

/**
 * Lists the files in a zip. Nothing is unpacked to disk; entries are read as streams.
 * @throws TonearmError TNA_IMPORT_UNREADABLE, TNA_IMPORT_ARCHIVE_UNSAFE for a path that climbs out.
 */
export async function listArchive(path: string): Promise<ExportDocument[]> {
  const zip = await openZip(path, { lazyEntries: true, autoClose: true }).catch((error) => {
    throw unreadable(path, `it is not a zip that can be read (${error.message})`, error);
  });
  const entries: yauzl.Entry[] = [];
  await new Promise<void>((resolve, reject) => {
    zip.on('entry', (entry: yauzl.Entry) => {
      if (!entry.fileName.endsWith('/')) entries.push(entry);
      zip.readEntry();
    });
    zip.on('end', resolve);
    zip.on('error', (error) => reject(entryError(path, error)));
    zip.readEntry();
  });
  return entries.map((entry) => ({
    name: `${path} → ${entry.fileName}`,
    path: entry.fileName.replace(/\.gz$/i, ''),
    group: `${path} → ${exportOf(entry.fileName)}`,
    named: false,
    open: () => openEntry(path, entry),
  }));
}

/** yauzl refuses absolute paths, paths that climb out and backslashes with these words. */
function entryError(path: string, error: Error): Error {
  const unsafe = /^(absolute path|invalid relative path|invalid characters in fileName)/;
  return unsafe.test(error.message)
    ? unreadable(path, `it is not safe (${error.message})`, error, 'TNA_IMPORT_ARCHIVE_UNSAFE')
    : unreadable(path, `it is not a zip that can be read (${error.message})`, error);
}

async function openEntry(path: string, entry: yauzl.Entry): Promise<Readable> {
  const name = `${path} → ${entry.fileName}`;
  const zip = await openZip(path, { lazyEntries: true, autoClose: false });
  try {
    const stream = await new Promise<Readable>((resolve, reject) => {
      zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    stream.once('close', () => zip.close());
    return decompressed(stream, entry.fileName);
  } catch (error) {
    zip.close();
    throw unreadable(name, `it cannot be read (${(error as Error).message})`, error);
  }
}
