import type { Random } from '../random.ts';

const base62 = Buffer.from(
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'latin1',
);
const prefix = 'spotify:track:';
const length = prefix.length + 22;
const buffer = Buffer.alloc(length, prefix, 'latin1');

/** A made-up id in the shape of Spotify's track URIs. */
export function madeUpTrackId(random: Random): string {
  let bits = 0;
  for (let at = prefix.length; at < length; at += 1) {
    // 32 bits hold five digits of base 62.
    if ((at - prefix.length) % 5 === 0) bits = random.bits() >>> 0;
    const rest = Math.floor(bits / 62);
    buffer[at] = base62[bits - rest * 62]!;
    bits = rest;
  }
  return buffer.toString('latin1');
}
