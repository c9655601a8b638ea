import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import yauzl from 'yauzl';
import { TonearmError } from '../../errors.ts';

/** A file of an export: on disk, or inside a zip. Read anew each time, so that only one is in memory. */
export interface ExportDocument {
  /** For messages: the path, or `archive.zip → entry`. */
  readonly name: string;
  /** Last part of the name, without `.gz`. */
  readonly fileName: string;
  /** Named by the user, not found in a folder or zip. */
  readonly named: boolean;
  read(): Promise<Buffer>;
}

const openZip = promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open);

/**
 * Lists the files below the paths: files, folders with all that is in them, zips.
 * @throws TonearmError TNA_IMPORT_UNREADABLE for a path that is not there or a zip that is not safe.
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
    const names = (await readdir(path)).sort();
    const below = [];
    for (const name of names) below.push(...(await listPath(join(path, name), false)));
    return below;
  }
  if (/\.zip$/i.test(path)) return await listZip(path);
  return [
    {
      name: path,
      fileName: basename(path).replace(/\.gz$/i, ''),
      named,
      read: () => {
        const stream = createReadStream(path);
        return buffer(/\.gz$/i.test(path) ? stream.pipe(createGunzip()) : stream);
      },
    },
  ];
}

async function listZip(path: string): Promise<ExportDocument[]> {
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
    // yauzl itself refuses absolute paths and paths that climb out.
    zip.on('error', (error) =>
      reject(unreadable(path, `it is not safe to read (${error.message})`, error)),
    );
    zip.readEntry();
  });
  return entries.map((entry) => ({
    name: `${path} → ${entry.fileName}`,
    fileName: basename(entry.fileName).replace(/\.gz$/i, ''),
    named: false,
    read: () => readEntry(path, entry),
  }));
}

async function readEntry(path: string, wanted: yauzl.Entry): Promise<Buffer> {
  const zip = await openZip(path, { lazyEntries: true, autoClose: false });
  try {
    const stream = await promisify(
      zip.openReadStream.bind(zip) as never as (
        entry: yauzl.Entry,
        callback: (error: Error | null, stream: NodeJS.ReadableStream) => void,
      ) => void,
    )(wanted);
    const bytes = await buffer(stream as NodeJS.ReadableStream);
    return /\.gz$/i.test(wanted.fileName)
      ? await buffer(createGunzip().end(bytes) as never as NodeJS.ReadableStream)
      : bytes;
  } finally {
    zip.close();
  }
}

export function unreadable(name: string, what: string, cause?: unknown): TonearmError {
  return new TonearmError('TNA_IMPORT_UNREADABLE', `${name}: ${what}.`, {
    cause,
    remedy: 'Nothing was imported. Correct or leave out that file, then import again.',
  });
}
