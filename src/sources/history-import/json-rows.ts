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

/** No row of an export comes near; a file without rows must not fill the memory. */
const maxRowBytes = 64 << 20;

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
    const batch = scanner.push(chunk);
    if (batch.values.length > 0) yield batch;
  }
  scanner.finish();
}

class RowScanner {
  readonly #name: string;
  #mode: 'before' | 'array' | 'sequence' = 'before';
  /** Bytes from the start of the row in hand on. */
  #bytes: Buffer = Buffer.alloc(0);
  /** Where `#bytes` begins in the file. */
  #base = 0;
  #row = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(name: string) {
    this.#name = name;
  }

  push(chunk: Buffer): RowBatch {
    if (this.#bytes.length + chunk.length > maxRowBytes) {
      this.#fail(`row ${this.#row} is larger than 64 MB`);
    }
    let from = this.#bytes.length;
    let bytes = from === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#mode === 'before') {
      bytes = bytes.subarray(this.#begin(bytes));
      from = 0;
    }
    const starts: number[] = [];
    const ends: number[] = [];
    const kept = this.#scan(bytes, from, starts, ends);
    const firstRow = this.#row;
    const values = this.#parse(bytes, starts, ends);
    this.#row += values.length;
    this.#base += kept;
    this.#bytes = bytes.subarray(kept);
    return { firstRow, values, sequence: this.#mode === 'sequence' };
  }

  finish(): void {
    if (this.#mode === 'before') this.#fail('it is empty');
    if (this.#depth > 0) this.#failAt(this.#row, this.#bytes.length);
  }

  /** Looks for the first byte of the JSON; returns where the first row begins. */
  #begin(bytes: Buffer): number {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at]!;
      const offset = this.#base + at;
      if (isBlank(byte) || (offset < 3 && byte === byteOrderMark[offset])) continue;
      if (byte !== openBracket && byte !== openBrace) this.#failAt(1, at);
      this.#mode = byte === openBracket ? 'array' : 'sequence';
      const start = byte === openBracket ? at + 1 : at;
      this.#depth = byte === openBracket ? 1 : 0;
      this.#base += start;
      return start;
    }
    this.#base += bytes.length;
    return bytes.length;
  }

  /** Finds the rows that end in the bytes; returns from where on bytes are still needed. */
  #scan(bytes: Buffer, from: number, starts: number[], ends: number[]): number {
    if (bytes.length === from) return 0;
    const inArray = this.#mode === 'array';
    let start = 0;
    let depth = this.#depth;
    let inString = this.#inString;
    let at = this.#escaped ? from + 1 : from;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at]!;
      if (inString) {
        if (byte === quote) inString = false;
        else if (byte === backslash) at += 1;
      } else if (depth === 0) {
        if (isBlank(byte)) continue;
        // An array has ended here; in a sequence the next row begins.
        if (inArray || byte !== openBrace) this.#failAt(this.#row + starts.length, at);
        start = at;
        depth = 1;
      } else if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) depth += 1;
      else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1;
        if (depth > 0) continue;
        const isFirst = this.#row === 1 && starts.length === 0;
        if (!(inArray && isFirst && bytes.subarray(start, at).every(isBlank))) {
          starts.push(start);
          ends.push(inArray ? at : at + 1);
        }
      } else if (byte === comma && depth === 1 && inArray) {
        starts.push(start);
        ends.push(at);
        start = at + 1;
      }
    }
    this.#escaped = at > bytes.length;
    this.#depth = depth;
    this.#inString = inString;
    return depth === 0 ? bytes.length : start;
  }

  #parse(bytes: Buffer, starts: number[], ends: number[]): unknown[] {
    if (starts.length === 0) return [];
    const texts =
      this.#mode === 'sequence'
        ? starts.map((start, index) => bytes.toString('utf8', start, ends[index])).join(',')
        : bytes.toString('utf8', starts[0], ends.at(-1));
    try {
      const values = JSON.parse(`[${texts}]`) as unknown[];
      if (values.length === starts.length) return values;
    } catch {
      // The loop below finds the row that cannot be parsed.
    }
    for (const [index, start] of starts.entries()) {
      try {
        JSON.parse(bytes.toString('utf8', start, ends[index]));
      } catch (error) {
        this.#failAt(this.#row + index, start, error);
      }
    }
    return this.#failAt(this.#row, 0);
  }

  #failAt(row: number, at: number, cause?: unknown): never {
    const byte = this.#base + at;
    return this.#fail(`it is not JSON: it breaks off in row ${row}, at byte ${byte}`, cause);
  }

  #fail(what: string, cause?: unknown): never {
    throw unreadable(this.#name, what, cause);
  }
}
