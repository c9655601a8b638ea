import { isUtf8 } from 'node:buffer';
import { type EventTopic, topics } from '../../contracts/index.ts';
import { contractColumns, jsonSchema } from '../../contracts/lake-columns.ts';
import { plainValue, sawNonAscii, type ValueCheck } from './plain-value.ts';

const openingBrace = 0x7b;
const closingBrace = 0x7d;
const comma = 0x2c;

/**
 * Recognises events that are written plainly: one flat JSON object without white space, escapes,
 * nulls, unknown or repeated fields, all of whose values keep the contract. Such an event
 * needs no JSON parser: its values are taken from the bytes as they stand. Any other record, good
 * or bad, is left to the careful path, so a "no" is never wrong, only slower.
 */
export class PlainEventScanner {
  /** Where the value of each column begins in the bytes last scanned (text without its quotes). */
  readonly starts: Int32Array;
  /** Where it ends, exclusive; 0 where the event has no such field. */
  readonly ends: Int32Array;
  readonly #checks: readonly ValueCheck[];
  readonly #keys: readonly Uint8Array[];
  readonly #required: readonly number[];
  /** Column that came after each column the last time; after none: the last entry. */
  readonly #following: Int32Array;

  constructor(topic: EventTopic) {
    const columns = contractColumns(topics[topic].schema);
    const { properties } = jsonSchema(topics[topic].schema);
    this.#checks = columns.map((column) => plainValue(column, properties[column.name]!));
    this.#keys = columns.map((column) => Buffer.from(`"${column.name}":`));
    this.#required = columns.flatMap((column, index) => (column.nullable ? [] : [index]));
    this.#following = new Int32Array(columns.length + 1);
    this.starts = new Int32Array(columns.length);
    this.ends = new Int32Array(columns.length);
  }

  /** True when the value is a plain event that keeps the contract; `starts` and `ends` then hold its values. */
  scan(bytes: Uint8Array): boolean {
    const length = bytes.length;
    if (length < 2 || bytes[0] !== openingBrace || bytes[length - 1] !== closingBrace) return false;
    const { starts, ends } = this;
    ends.fill(0);
    sawNonAscii();
    let at = 1;
    let before = ends.length;
    for (;;) {
      const column = this.#columnAt(bytes, at, before);
      if (column < 0 || ends[column] !== 0) return false;
      const check = this.#checks[column]!;
      const start = at + this.#keys[column]!.length + check.quotes;
      const end = check.end(bytes, start);
      if (end < 0) return false;
      starts[column] = start;
      ends[column] = end;
      at = end + check.quotes;
      before = column;
      const next = bytes[at];
      if (next === comma) at += 1;
      else if (next === closingBrace && at === length - 1) break;
      else return false;
    }
    for (const column of this.#required) if (ends[column] === 0) return false;
    return !sawNonAscii() || isUtf8(bytes);
  }

  /** Column whose key stands at a position, or -1. Events of one producer tend to repeat their order. */
  #columnAt(bytes: Uint8Array, at: number, before: number): number {
    const guess = this.#following[before]!;
    if (startsWith(bytes, at, this.#keys[guess]!)) return guess;
    for (let column = 0; column < this.#keys.length; column += 1) {
      if (startsWith(bytes, at, this.#keys[column]!)) {
        this.#following[before] = column;
        return column;
      }
    }
    return -1;
  }
}

function startsWith(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  for (let index = 0; index < part.length; index += 1) {
    if (bytes[at + index] !== part[index]) return false;
  }
  return true;
}
