import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { asDiskError, makeDirectory } from '../../disk-errors.ts';

export type StagedTopic = 'plays' | 'skips';
const stagedTopics: readonly StagedTopic[] = ['plays', 'skips'];

const headerBytes = 5;
const bufferBytes = 1 << 20;

/**
 * Events that wait on disk until every file of an import has been read. The file has no name any
 * more once it is open, so that nothing is left of it however the process ends.
 */
export class Staging {
  readonly #path: string;
  readonly #file: number;
  #buffer: Buffer = Buffer.allocUnsafe(bufferBytes);
  #used = 0;

  /** @throws TonearmError TNA_DISK_FULL, TNA_DATA_DIRECTORY_UNWRITABLE */
  constructor(directory: string) {
    makeDirectory(directory);
    try {
      const folder = mkdtempSync(join(directory, 'import-'));
      this.#path = join(folder, 'events');
      this.#file = openSync(this.#path, 'wx+', 0o600);
      rmSync(folder, { recursive: true });
    } catch (error) {
      throw asDiskError(error, directory);
    }
  }

  /** Adds an event; its bytes are copied. */
  add(topic: StagedTopic, event: Uint8Array): void {
    const size = headerBytes + event.length;
    if (this.#used + size > this.#buffer.length) this.#write();
    if (size > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(size);
    this.#buffer[this.#used] = stagedTopics.indexOf(topic);
    this.#buffer.writeUInt32LE(event.length, this.#used + 1);
    this.#buffer.set(event, this.#used + headerBytes);
    this.#used += size;
  }

  /** The events in the order in which they came. Each value is a view on bytes that are not used again. */
  *events(): Generator<{ topic: StagedTopic; value: Buffer }> {
    this.#write();
    let rest: Buffer = Buffer.alloc(0);
    let position = 0;
    for (;;) {
      const piece = Buffer.allocUnsafe(rest.length + bufferBytes);
      piece.set(rest);
      const read = readSync(this.#file, piece, rest.length, bufferBytes, position);
      position += read;
      const end = rest.length + read;
      let at = 0;
      while (at + headerBytes <= end) {
        const next = at + headerBytes + piece.readUInt32LE(at + 1);
        if (next > end) break;
        yield { topic: stagedTopics[piece[at]!]!, value: piece.subarray(at + headerBytes, next) };
        at = next;
      }
      rest = piece.subarray(at, end);
      if (read === 0) return;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(): void {
    try {
      for (let at = 0; at < this.#used; ) {
        at += writeSync(this.#file, this.#buffer, at, this.#used - at);
      }
    } catch (error) {
      throw asDiskError(error, this.#path);
    }
    this.#used = 0;
  }
}
