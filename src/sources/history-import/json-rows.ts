import { unreadable } from './unreadable.ts';

/** Some rows of a file, in order. */
export interface RowBatch {
  /** Number of the first of them; rows count from 1. */
  readonly firstRow: number;
  readonly values: readonly unknown[];
  /** Documents one after the other (JSON Lines), not the entries of one array. */
  readonly sequence: boolean;
}

const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const isBlank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Bytes that are parsed at once. As text with letters beyond Latin-1 they take twice as much; from 128 kB on the
 * runtime maps memory for every text anew, at twice the time.
 */
const pieceBytes = 48 * 1024;

/** No row of an export comes near; a file without rows must not fill the memory. */
const maxRowBytes = 8 << 20;

/**
 * Reads a JSON array of any size, or JSON Lines, in the memory of a few rows: it looks for the
 * ends of rows in the bytes and hands whole rows to `JSON.parse`.
 * @throws TonearmError TNA_IMPORT_UNREADABLE naming the row and the byte where the JSON breaks off.
 */
export async function* readJsonRows(
  chunks: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<RowBatch> {
  const scanner = new RowScanner(name);
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      const batch = scanner.push(chunk.subarray(start, start + pieceBytes));
      if (batch.values.length > 0) yield batch;
    }
  }
  const last = scanner.finish();
  if (last.values.length > 0) yield last;
}

/** Whole rows at the beginning of some bytes, and how many bytes they take with the comma after them. */
interface Rows {
  readonly values: readonly unknown[];
  readonly length: number;
}

const noRows: Rows = { values: [], length: 0 };

class RowScanner {
  readonly #name: string;
  #mode: 'before' | 'array' | 'ended' | 'sequence' = 'before';
  /** Bytes from the start of the row in hand on. */
  #bytes: Buffer = Buffer.alloc(0);
  /** Bytes after them that have not been looked at. */
  #unread: Buffer[] = [];
  /** Where `#bytes` begins in the file. */
  #base = 0;
  #row = 1;

  constructor(name: string) {
    this.#name = name;
  }

  push(chunk: Buffer): RowBatch {
    this.#unread.push(chunk);
    // A row of many pieces is looked through when it has doubled, not with each of them.
    const known = this.#bytes.length;
    const length = this.#unread.reduce((sum, piece) => sum + piece.length, known);
    const isLong = known > pieceBytes && length <= maxRowBytes;
    if (isLong && length < 2 * known) return this.#take(noRows);
    this.#join();
    if (this.#mode === 'before') this.#begin();
    const batch = this.#take(this.#quick() ?? this.#scan());
    if (this.#bytes.length > maxRowBytes) this.#fail(`row ${this.#row} is larger than 8 MB`);
    return batch;
  }

  finish(): RowBatch {
    if (this.#mode === 'before') this.#fail('it is empty');
    this.#join();
    const batch = this.#take(this.#scan());
    const isWhole = this.#mode === 'sequence' ? this.#bytes.length === 0 : this.#mode === 'ended';
    if (!isWhole) this.#failAt(this.#row, this.#bytes.length);
    return batch;
  }

  #join(): void {
    const [first, ...more] = this.#unread;
    if (first === undefined) return;
    const isAlone = this.#bytes.length === 0 && more.length === 0;
    this.#bytes = isAlone ? first : Buffer.concat([this.#bytes, first, ...more]);
    this.#unread = [];
  }

  #take({ values, length }: Rows): RowBatch {
    const firstRow = this.#row;
    this.#row += values.length;
    this.#base += length;
    this.#bytes = this.#bytes.subarray(length);
    return { firstRow, values, sequence: this.#mode === 'sequence' };
  }

  /** Looks for the first byte of the JSON, and leaves the bytes from the first row on. */
  #begin(): void {
    const bytes = this.#bytes;
    let at = 0;
    for (; at < bytes.length && this.#mode === 'before'; at += 1) {
      const byte = bytes[at]!;
      const offset = this.#base + at;
      if (isBlank(byte) || (offset < 3 && byte === byteOrderMark[offset])) continue;
      if (byte !== openBracket && byte !== openBrace) this.#failAt(1, at);
      this.#mode = byte === openBracket ? 'array' : 'sequence';
    }
    if (this.#mode === 'sequence') at -= 1;
    this.#base += at;
    this.#bytes = bytes.subarray(at);
  }

  /**
   * Rows up to the last closing brace, when that ends a row. `JSON.parse` is the judge: a
   * brace in a text or within a row leaves something open. Undefined when it was no such brace.
   */
  #quick(): Rows | undefined {
    if (this.#mode !== 'array') return undefined;
    const bytes = this.#bytes;
    const end = bytes.lastIndexOf(closeBrace) + 1;
    let after = end;
    while (after < bytes.length && isBlank(bytes[after]!)) after += 1;
    const next = bytes[after];
    if (end === 0 || (next !== comma && next !== closeBracket)) return undefined;
    try {
      const values = JSON.parse(`[${bytes.toString('utf8', 0, end)}]`) as unknown[];
      if (next === closeBracket) this.#mode = 'ended';
      return { values, length: after + 1 };
    } catch {
      return undefined;
    }
  }

  /** Finds the ends of rows byte by byte. */
  #scan(): Rows {
    const bytes = this.#bytes;
    const starts: number[] = [];
    const ends: number[] = [];
    let depth = this.#mode === 'array' ? 1 : 0;
    let inString = false;
    let start = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at]!;
      if (inString) {
        if (byte === quote) inString = false;
        else if (byte === backslash) at += 1;
      } else if (depth === 0) {
        if (isBlank(byte)) continue;
        if (this.#mode !== 'sequence' || byte !== openBrace) {
          this.#failAt(this.#row + starts.length, at);
        }
        start = at;
        depth = 1;
      } else if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) depth += 1;
      else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1;
        if (depth > 0) continue;
        const end = this.#mode === 'array' ? at : at + 1;
        const isEmptyArray = this.#row + starts.length === 1 && isAllBlank(bytes, start, end);
        if (!isEmptyArray) {
          starts.push(start);
          ends.push(end);
        }
        if (this.#mode === 'array') this.#mode = 'ended';
        start = at + 1;
      } else if (byte === comma && depth === 1 && this.#mode === 'array') {
        starts.push(start);
        ends.push(at);
        start = at + 1;
      }
    }
    return { values: this.#parse(starts, ends), length: depth === 0 ? bytes.length : start };
  }

  #parse(starts: readonly number[], ends: readonly number[]): unknown[] {
    return starts.map((start, index) => {
      try {
        return JSON.parse(this.#bytes.toString('utf8', start, ends[index]));
      } catch (error) {
        return this.#failAt(this.#row + index, start, error);
      }
    });
  }

  #failAt(row: number, at: number, cause?: unknown): never {
    const byte = this.#base + at;
    return this.#fail(`it is not JSON: it breaks off in row ${row}, at byte ${byte}`, cause);
  }

  #fail(what: string, cause?: unknown): never {
    throw unreadable(this.#name, what, cause);
  }
}

const isAllBlank = (bytes: Buffer, start: number, end: number) =>
  bytes.subarray(start, end).every(isBlank);
