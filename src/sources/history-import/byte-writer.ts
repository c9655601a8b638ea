import { TimestampWriter } from '../text-bytes.ts';

const [quote, backslash, hyphen, zero] = [0x22, 0x5c, 0x2d, 0x30];
/** Most bytes that a UTF-16 unit becomes: `\u001f`. */
const bytesOfUnit = 6;
const isHalfOfPair = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;

/**
 * Writes texts as UTF-8 and as JSON into a buffer that grows, byte by byte: for the short texts of a row that
 * takes half the time of joining strings and encoding them.
 */
export class ByteWriter {
  readonly #timestamps = new TimestampWriter();
  #buffer = Buffer.allocUnsafe(1024);
  /** Bytes written. */
  length = 0;

  /** What was written, from a place on: valid until more is written. */
  from(start: number): Buffer {
    return this.#buffer.subarray(start, this.length);
  }

  ascii(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    const buffer = this.#buffer;
    let at = this.length;
    for (let index = 0; index < bytes.length; index += 1) buffer[at++] = bytes[index]!;
    this.length = at;
  }

  byte(byte: number): void {
    this.#makeRoom(1);
    this.#buffer[this.length++] = byte;
  }

  /** A text as UTF-8. */
  text(text: string): void {
    const start = this.length;
    this.#makeRoom(text.length * 3);
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (!isHalfOfPair(unit)) this.#unit(unit);
      else {
        this.length = start + this.#buffer.write(text, start, 'utf8');
        return;
      }
    }
  }

  /** A text as JSON, the bytes that `JSON.stringify` would make of it. */
  quoted(text: string): void {
    const start = this.length;
    this.#makeRoom(text.length * bytesOfUnit + 2);
    this.#buffer[this.length++] = quote;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x20 && unit !== quote && unit !== backslash && !isHalfOfPair(unit)) {
        this.#unit(unit);
      } else {
        this.length = start + this.#buffer.write(JSON.stringify(text), start, 'utf8');
        return;
      }
    }
    this.#buffer[this.length++] = quote;
  }

  /** A whole number that is not negative. */
  number(value: number): void {
    // Beyond that digits are not exact: written as JavaScript does.
    if (value > Number.MAX_SAFE_INTEGER) {
      this.text(String(value));
      return;
    }
    this.#makeRoom(17);
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits += 1;
    let rest = value;
    for (let place = this.length + digits - 1; place >= this.length; place -= 1) {
      const next = Math.floor(rest / 10);
      this.#buffer[place] = zero + (rest - next * 10);
      rest = next;
    }
    this.length += digits;
  }

  /** @param time ms since the epoch, before the year 10000. */
  timestamp(time: number): void {
    this.#makeRoom(TimestampWriter.length);
    this.#timestamps.write(this.#buffer, this.length, time);
    this.length += TimestampWriter.length;
  }

  /**
   * UUID v5 (RFC 9562) from a hash.
   * @param digits SHA-1 over namespace and name, hexadecimal, lower case.
   * @param at where it goes: the end, or over something of the same length.
   */
  uuid(digits: string, at = this.length): void {
    this.#makeRoom(36);
    const buffer = this.#buffer;
    let place = at;
    for (let index = 0; index < 32; index += 1) {
      if (index === 8 || index === 12 || index === 16 || index === 20) buffer[place++] = hyphen;
      buffer[place++] = digits.charCodeAt(index);
    }
    buffer[at + 14] = 0x35;
    buffer[at + 19] = variants[digitOf(digits.charCodeAt(16)) & 0x3]!;
    this.length = Math.max(this.length, place);
  }

  #unit(unit: number): void {
    const buffer = this.#buffer;
    if (unit < 0x80) buffer[this.length++] = unit;
    else if (unit < 0x800) {
      buffer[this.length++] = 0xc0 | (unit >> 6);
      buffer[this.length++] = 0x80 | (unit & 0x3f);
    } else {
      buffer[this.length++] = 0xe0 | (unit >> 12);
      buffer[this.length++] = 0x80 | ((unit >> 6) & 0x3f);
      buffer[this.length++] = 0x80 | (unit & 0x3f);
    }
  }

  #makeRoom(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.length));
    this.#buffer = larger;
  }
}

const variants = Buffer.from('89ab');
const digitOf = (digit: number): number => (digit < 0x3a ? digit - 0x30 : digit - 0x57);
