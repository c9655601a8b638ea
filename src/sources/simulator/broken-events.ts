import type { Random } from './random.ts';

const text = (value: Uint8Array): string => Buffer.from(value).toString('utf8');
const edited = (value: Uint8Array, pattern: RegExp, replacement: string): Uint8Array =>
  Buffer.from(text(value).replace(pattern, replacement), 'utf8');

/** Ways to break an event; each breaks the contract of every topic for certain. */
const breakages: readonly ((value: Uint8Array, random: Random) => Uint8Array)[] = [
  // Truncated JSON.
  (value, random) => value.slice(0, 1 + random.below(value.length - 2)),
  // Wrong type.
  (value) => edited(value, /"user_id":"[^"]*"/, '"user_id":42'),
  // Missing field.
  (value) => edited(value, /"track_id":"[^"]*",/, ''),
  // Bad enum.
  (value) => edited(value, /"device":"[^"]*"/, '"device":"toaster"'),
  // Bad UUID.
  (value) => edited(value, /"event_id":"[^"]*"/, '"event_id":"not-a-uuid"'),
  // Bad timestamp: no such day.
  (value) => edited(value, /"timestamp":"(\d{4})-[^T]*T/, '"timestamp":"$1-02-30T'),
  // Negative duration; likes have only the track's.
  (value) => edited(value, /"((?:track_)?duration)":(\d+)/, '"$1":-$2'),
  // Empty value.
  () => new Uint8Array(0),
  // Not UTF-8: a byte that never occurs in it, inside a string.
  (value) => {
    const broken = Uint8Array.from(value);
    broken[value.length - 3] = 0xff;
    return broken;
  },
  // Not an object.
  (value) => Buffer.from(`[${text(value)}]`, 'utf8'),
];

/** A broken copy of an event. */
export function broken(value: Uint8Array, random: Random): Uint8Array {
  return random.pick(breakages)(value, random);
}
