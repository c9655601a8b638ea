import { uuidPattern } from '../../contracts/event.ts';
import type { FieldSchema, LakeColumn } from '../../contracts/lake-columns.ts';

const quote = 0x22;
const backslash = 0x5c;
const firstPrintable = 0x20;
const zero = 0x30;
const dash = 0x2d;

/** Finds the end of a plainly written value that keeps its field's contract. */
export interface ValueCheck {
  /** Bytes of quotation marks on either side: 1 for texts, 0 for numbers and booleans. */
  readonly quotes: 0 | 1;
  /** @returns exclusive end of the value that begins at `start` (after its quote), or -1. */
  end(bytes: Uint8Array, start: number): number;
}

/** Most different values that one field's vocabulary remembers. */
const vocabularyLimit = 1024;
const longestInteger = 15;
const daysInMonth = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Leaves every value to the careful path. */
const neverPlain: ValueCheck = { quotes: 0, end: () => -1 };

/** The check of one field, made from its contract. A rule that is not known here is never plain. */
export function plainValue(column: LakeColumn, property: FieldSchema): ValueCheck {
  const rules = Object.keys(property).filter((rule) => rule !== 'description' && rule !== 'type');
  const only = (...known: string[]) => rules.every((rule) => known.includes(rule));
  if (column.type === 'timestamp') return only('pattern') ? timestamp : neverPlain;
  if (column.type === 'boolean') return only('const') ? boolean(property.const) : neverPlain;
  if (column.type !== 'string') {
    const plain = only('minimum', 'maximum') && (property.minimum ?? -1) >= 0;
    return plain ? integer(property.minimum!, property.maximum) : neverPlain;
  }
  if (property.pattern === uuidPattern) return only('pattern') ? uuid : neverPlain;
  if (property.enum !== undefined) {
    const allowed = new Set(property.enum);
    return only('enum') ? vocabulary((value) => allowed.has(value)) : neverPlain;
  }
  if (property.pattern !== undefined) {
    const pattern = new RegExp(property.pattern);
    return only('pattern') ? vocabulary((value) => pattern.test(value)) : neverPlain;
  }
  // An empty text is told from an absent one by the careful path alone.
  return only('minLength') && (property.minLength ?? 0) <= 1 ? text : neverPlain;
}

let seenBits = 0;

/** True when a text checked since the last call had a byte that is not ASCII. */
export function sawNonAscii(): boolean {
  const saw = seenBits > 0x7f;
  seenBits = 0;
  return saw;
}

function textEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start - 1] !== quote) return -1;
  const { length } = bytes;
  let bits = 0;
  for (let at = start; at < length; at += 1) {
    const byte = bytes[at]!;
    if (byte === quote) {
      seenBits |= bits;
      return at;
    }
    if (byte === backslash || byte < firstPrintable) return -1;
    bits |= byte;
  }
  return -1;
}

const text: ValueCheck = {
  quotes: 1,
  end(bytes, start) {
    const end = textEnd(bytes, start);
    return end === start ? -1 : end;
  },
};

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}

const uuid: ValueCheck = {
  quotes: 1,
  end(bytes, start) {
    if (bytes[start - 1] !== quote || bytes[start + 36] !== quote) return -1;
    for (let index = 0; index < 36; index += 1) {
      const byte = bytes[start + index]!;
      if (index === 8 || index === 13 || index === 18 || index === 23) {
        if (byte !== dash) return -1;
      } else if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) {
        return -1;
      }
    }
    return start + 36;
  },
};

/** Two digits as a number, or a number too large for any part of a time. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]!;
  const ones = bytes[at + 1]!;
  return isDigit(tens) && isDigit(ones) ? (tens - zero) * 10 + ones - zero : 100;
}

/** `2025-11-18T14:03:07.120Z`, years 1000 to 2999; 29 February is left to the careful path. */
const timestamp: ValueCheck = {
  quotes: 1,
  end(bytes, start) {
    if (bytes[start - 1] !== quote || bytes[start + 24] !== quote) return -1;
    const century = pair(bytes, start);
    const month = pair(bytes, start + 5);
    const day = pair(bytes, start + 8);
    const plain =
      century >= 10 &&
      century < 30 &&
      pair(bytes, start + 2) < 100 &&
      bytes[start + 4] === dash &&
      month >= 1 &&
      month <= 12 &&
      bytes[start + 7] === dash &&
      day >= 1 &&
      day <= daysInMonth[month]! &&
      bytes[start + 10] === 0x54 &&
      pair(bytes, start + 11) < 24 &&
      bytes[start + 13] === 0x3a &&
      pair(bytes, start + 14) < 60 &&
      bytes[start + 16] === 0x3a &&
      pair(bytes, start + 17) < 60 &&
      bytes[start + 19] === 0x2e &&
      isDigit(bytes[start + 20]) &&
      pair(bytes, start + 21) < 100 &&
      bytes[start + 23] === 0x5a;
    return plain ? start + 24 : -1;
  },
};

function integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): ValueCheck {
  return {
    quotes: 0,
    end(bytes, start) {
      let at = start;
      let value = 0;
      while (isDigit(bytes[at])) {
        value = value * 10 + bytes[at]! - zero;
        at += 1;
        if (at - start > longestInteger) return -1;
      }
      const leadingZero = bytes[start] === zero && at - start > 1;
      if (at === start || leadingZero || value < minimum || value > maximum) return -1;
      return at;
    },
  };
}

function boolean(only: unknown): ValueCheck {
  const words = [true, false]
    .filter((value) => only === undefined || only === value)
    .map((value) => Buffer.from(String(value)));
  return {
    quotes: 0,
    end(bytes, start) {
      for (const word of words) if (isWord(bytes, start, word)) return start + word.length;
      return -1;
    },
  };
}

function isWord(bytes: Uint8Array, start: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[start + index] !== word[index]) return false;
  }
  return true;
}

/** Short texts that come again and again: each is judged once and then known by its bytes. */
function vocabulary(accepts: (value: string) => boolean): ValueCheck {
  const buckets: Uint8Array[][] = Array.from({ length: 256 }, () => []);
  let size = 0;
  return {
    quotes: 1,
    end(bytes, start) {
      const end = textEnd(bytes, start);
      if (end < 0) return -1;
      const length = end - start;
      const bucket = buckets[(bytes[start]! * 7 + bytes[end - 1]! + length) & 255]!;
      for (const word of bucket) {
        if (word.length === length && isWord(bytes, start, word)) return end;
      }
      if (!accepts(Buffer.from(bytes.subarray(start, end)).toString())) return -1;
      if (size < vocabularyLimit) {
        bucket.push(Uint8Array.from(bytes.subarray(start, end)));
        size += 1;
      }
      return end;
    },
  };
}
