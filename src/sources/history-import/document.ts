import { basename, dirname } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A file of an export: on disk, or inside a zip. */
export interface ExportDocument {
  /** For messages: the path, or `archive.zip → entry`. */
  readonly name: string;
  /** Path below the folder or in the zip, without `.gz`, with `/` between its parts. */
  readonly path: string;
  /** Files of one group are parts of one export, and so do not repeat each other. */
  readonly group: string;
  /** Named by the user, not found in a folder or zip. */
  readonly named: boolean;
  open(): Promise<Readable>;
}

/**
 * Files with the same folder and name but for the number belong together. `StreamingHistory0 (1).json` is
 * a second download, not the next file.
 */
export function exportOf(path: string): string {
  return `${dirname(path)}/${basename(path).replace(/\d+(?= \(|\.json)/i, '')}`;
}

/** Bytes that are asked of a file at once. */
export const readBytes = 512 * 1024;

/** The stream itself, or what a `.gz` holds. */
export function decompressed(stream: Readable, path: string): Readable {
  if (!/\.gz$/i.test(path)) return stream;
  // Errors reach the reader through the stream that is returned.
  return pipeline(stream, createGunzip({ chunkSize: readBytes }), () => undefined);
}
