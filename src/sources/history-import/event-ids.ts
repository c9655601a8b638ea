import { hash } from 'node:crypto';
import { parse } from 'uuid';
import { ByteWriter } from './byte-writer.ts';
import type { ExportedPlay } from './play.ts';

/** Namespace of the ids of imported events. */
export const importNamespace = '7b1f3c52-6f0c-5d5e-9a55-0a1f6c1d8e11';

const namespaceBytes = Buffer.from(parse(importNamespace));
const lineFeed = 0x0a;

const bytes = new ByteWriter();
bytes.ascii(namespaceBytes);

/** SHA-1 over the namespace and a name, as 40 hexadecimal digits. */
export function nameHash(name: string): string {
  bytes.length = namespaceBytes.length;
  bytes.text(name);
  return hash('sha1', bytes.from(0), 'hex');
}

/**
 * `nameHash` of the lines that tell a play from others.
 * @param kind first line: `plays`, `skips`, `play_id`, or none where it is undefined.
 * @param last last line: the ordinal, or another number that tells equal plays apart.
 */
export function playHash(
  kind: 'plays' | 'skips' | 'play_id' | undefined,
  user: string,
  play: ExportedPlay,
  last: number,
): string {
  bytes.length = namespaceBytes.length;
  if (kind !== undefined) line(kind);
  line(play.source);
  line(user);
  line(play.trackId);
  bytes.number(play.startedAt);
  bytes.byte(lineFeed);
  bytes.number(play.listenedMs);
  bytes.byte(lineFeed);
  bytes.number(last);
  return hash('sha1', bytes.from(0), 'hex');
}

function line(text: string): void {
  bytes.text(text);
  bytes.byte(lineFeed);
}

/** UUID v5 (RFC 9562) from a `nameHash`. The `uuid` package makes the same at a multiple of the time. */
export function uuidOfHash(digits: string): string {
  const uuid = new ByteWriter();
  uuid.uuid(digits);
  return uuid.from(0).toString('latin1');
}

/** The first 64 bits of a hash as two numbers. */
export const highBits = (digits: string): number => bitsOf(digits, 0);
export const lowBits = (digits: string): number => bitsOf(digits, 8);

/** Eight lower-case hexadecimal digits as a number; `parseInt` takes several times as long. */
function bitsOf(digits: string, from: number): number {
  let bits = 0;
  for (let at = from; at < from + 8; at += 1) {
    const code = digits.charCodeAt(at);
    bits = (bits << 4) | (code < 0x3a ? code - 0x30 : code - 0x57);
  }
  return bits >>> 0;
}
