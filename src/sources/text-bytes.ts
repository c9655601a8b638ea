/** Writing of numbers, times and UUIDs as ASCII into a buffer, without strings in between. */

const zero = 0x30;
const hyphen = 0x2d;
const hourMs = 3_600_000;

/** Two hex digits of every byte. */
const hexHigh = new Uint8Array(256);
const hexLow = new Uint8Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  const digits = byte.toString(16).padStart(2, '0');
  hexHigh[byte] = digits.charCodeAt(0);
  hexLow[byte] = digits.charCodeAt(1);
}

export const uuidLength = 36;

function writeHex(buffer: Uint8Array, at: number, byte: number): void {
  buffer[at] = hexHigh[byte]!;
  buffer[at + 1] = hexLow[byte]!;
}

/**
 * A UUID of version 7 (RFC 9562): 48 bits of time, then version, variant and 64 random bits
 * (the last ten repeat).
 * @param time ms since the epoch.
 */
export function writeUuid(
  buffer: Uint8Array,
  at: number,
  time: number,
  high: number,
  low: number,
): void {
  const seconds = Math.floor(time / 65_536);
  const rest = time - seconds * 65_536;
  writeHex(buffer, at, seconds >>> 24);
  writeHex(buffer, at + 2, (seconds >>> 16) & 0xff);
  writeHex(buffer, at + 4, (seconds >>> 8) & 0xff);
  writeHex(buffer, at + 6, seconds & 0xff);
  buffer[at + 8] = hyphen;
  writeHex(buffer, at + 9, rest >>> 8);
  writeHex(buffer, at + 11, rest & 0xff);
  buffer[at + 13] = hyphen;
  writeHex(buffer, at + 14, 0x70 | (high >>> 28));
  writeHex(buffer, at + 16, (high >>> 20) & 0xff);
  buffer[at + 18] = hyphen;
  writeHex(buffer, at + 19, 0x80 | ((high >>> 14) & 0x3f));
  writeHex(buffer, at + 21, (high >>> 6) & 0xff);
  buffer[at + 23] = hyphen;
  writeHex(buffer, at + 24, ((high & 0x3f) << 2) | (low & 0x03));
  writeHex(buffer, at + 26, low >>> 24);
  writeHex(buffer, at + 28, (low >>> 16) & 0xff);
  writeHex(buffer, at + 30, (low >>> 8) & 0xff);
  writeHex(buffer, at + 32, low & 0xff);
  writeHex(buffer, at + 34, (high ^ low) & 0xff);
}

/** A whole number from 0 to 2^31; returns where it ends. */
export function writeNumber(buffer: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits += 1;
  let rest = value | 0;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const next = (rest / 10) | 0;
    buffer[place] = zero + (rest - next * 10);
    rest = next;
  }
  return at + digits;
}

/** Writes instants as `2025-11-18T14:03:07.120Z`; the text of the last hour is kept. */
export class TimestampWriter {
  static readonly length = 24;
  #hour = -1;
  readonly #prefix = new Uint8Array(14);

  /** @param time ms since the epoch. */
  write(buffer: Uint8Array, at: number, time: number): void {
    const hour = Math.floor(time / hourMs);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#prefix.set(Buffer.from(new Date(hour * hourMs).toISOString().slice(0, 14), 'latin1'));
    }
    for (let place = 0; place < 14; place += 1) buffer[at + place] = this.#prefix[place]!;
    const inHour = (time - hour * hourMs) | 0;
    const seconds = (inHour / 1000) | 0;
    const ms = inHour - seconds * 1000;
    const minute = (seconds / 60) | 0;
    const second = seconds - minute * 60;
    buffer[at + 14] = zero + ((minute / 10) | 0);
    buffer[at + 15] = zero + (minute % 10);
    buffer[at + 16] = 0x3a;
    buffer[at + 17] = zero + ((second / 10) | 0);
    buffer[at + 18] = zero + (second % 10);
    buffer[at + 19] = 0x2e;
    buffer[at + 20] = zero + ((ms / 100) | 0);
    buffer[at + 21] = zero + (((ms / 10) | 0) % 10);
    buffer[at + 22] = zero + (ms % 10);
    buffer[at + 23] = 0x5a;
  }
}
