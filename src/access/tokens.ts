import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const form = /^tna_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** A secret of 256 random bits. It is kept as its SHA-256 alone: nobody can guess what it hashes. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** A new API token: `tna_<id>_<secret>`. The id is no secret; lists show it. */
export function newToken(): { id: string; secret: string; text: string } {
  const id = randomBytes(6).toString('hex');
  const secret = newSecret();
  return { id, secret, text: `tna_${id}_${secret}` };
}

/** The two parts of a token; undefined for anything else. */
export function readToken(text: string): { id: string; secret: string } | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Compares in constant time. */
export function isSecret(secret: string, hash: Uint8Array): boolean {
  const given = hashOf(secret);
  return given.length === hash.length && timingSafeEqual(given, hash);
}

/** Compares two texts in constant time. */
export const isSameSecret = (given: string, expected: string): boolean =>
  isSecret(given, hashOf(expected));
