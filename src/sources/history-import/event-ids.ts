import { hash } from 'node:crypto';
import { parse } from 'uuid';

/** Namespace of the ids of imported events. */
export const importNamespace = '7b1f3c52-6f0c-5d5e-9a55-0a1f6c1d8e11';

const namespaceBytes = parse(importNamespace);
let scratch = Buffer.alloc(4096);
scratch.set(namespaceBytes);

/** SHA-1 over the namespace and a name, as 40 hexadecimal digits. */
export function nameHash(name: string): string {
  if (name.length * 3 + 16 > scratch.length) {
    scratch = Buffer.alloc(name.length * 6 + 16);
    scratch.set(namespaceBytes);
  }
  const end = 16 + scratch.write(name, 16, 'utf8');
  return hash('sha1', scratch.subarray(0, end), 'hex');
}

/** UUID v5 (RFC 9562) from a `nameHash`. The `uuid` package makes the same at a multiple of the time. */
export function uuidOfHash(digits: string): string {
  const variant = ((Number.parseInt(digits[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

/** The first 64 bits of a hash as two numbers. */
export const highBits = (digits: string): number => Number.parseInt(digits.slice(0, 8), 16);
export const lowBits = (digits: string): number => Number.parseInt(digits.slice(8, 16), 16);
