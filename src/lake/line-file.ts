import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { asDiskError } from '../disk-errors.ts';

const bufferBytes = 256 * 1024;
const newline = 0x0a;
/** Ends a field inside a line; never legal inside a JSON string. */
export const separator = 0x01;

/** A text file written line by line through one buffer. Nothing is made before the first line. */
export class LineFile {
  readonly path: string;
  rows = 0;
  /** Bytes of the longest line. */
  longestLine = 0;
  #file: number | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Writes one line: a head, then parts of some bytes, each after a separator.
   * @param starts where each part begins.
   * @param ends where it ends, exclusive; 0 for a part that is empty.
   */
  writeParts(head: string, bytes: Uint8Array, starts: Int32Array, ends: Int32Array): void {
    this.#room(head.length + bytes.length + starts.length + 1);
    const buffer = this.#buffer;
    let at = this.#used + buffer.write(head, this.#used, 'latin1');
    for (let part = 0; part < starts.length; part += 1) {
      buffer[at] = separator;
      at += 1;
      const end = ends[part]!;
      for (let from = starts[part]!; from < end; from += 1) {
        buffer[at] = bytes[from]!;
        at += 1;
      }
    }
    this.#endLine(at);
  }

  /** Writes one line: a head, a separator, and some bytes. */
  write(head: string, bytes: Uint8Array): void {
    this.#room(head.length + bytes.length + 2);
    const buffer = this.#buffer;
    let at = this.#used + buffer.write(head, this.#used, 'latin1');
    buffer[at] = separator;
    buffer.set(bytes, at + 1);
    at += 1 + bytes.length;
    this.#endLine(at);
  }

  /** Writes what is left and closes the file. */
  finish(): void {
    if (this.#file === undefined) return;
    this.#flush();
    closeSync(this.#file);
    this.#file = undefined;
    this.#buffer = Buffer.alloc(0);
  }

  /** Removes the file. */
  remove(): void {
    this.finish();
    rmSync(this.path, { force: true });
  }

  #endLine(at: number): void {
    this.#buffer[at] = newline;
    const length = at + 1 - this.#used;
    if (length > this.longestLine) this.longestLine = length;
    this.#used = at + 1;
    this.rows += 1;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    this.#flush();
    if (bytes > this.#buffer.length)
      this.#buffer = Buffer.allocUnsafe(Math.max(bytes, bufferBytes));
  }

  #flush(): void {
    try {
      this.#file ??= openSync(this.path, 'w');
      for (let done = 0; done < this.#used; ) {
        done += writeSync(this.#file, this.#buffer, done, this.#used - done);
      }
    } catch (error) {
      throw asDiskError(error, this.path);
    }
    this.#used = 0;
  }
}
