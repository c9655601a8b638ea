import { isUtf8 } from 'node:buffer';

/** What stands in the log in place of a record that was erased: the offsets after it stay what they were. */
export const erasedValue = Buffer.from('{"erased":true}');

/** Longest text whose words are looked at. */
const longestText = 64 * 1024;

/**
 * Names that a record may belong to: its key, its `user_id`, and where it is no JSON object every word of
 * it. For records that are not plain events, which are few.
 */
export function namesIn(key: string | null, value: Uint8Array | null): string[] {
  const names = key === null ? [] : [key];
  if (value === null) return names;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1').slice(0, longestText);
  try {
    const parsed = JSON.parse(text) as { user_id?: unknown } | null;
    if (typeof parsed === 'object' && parsed !== null) {
      if (typeof parsed.user_id === 'string') return [...names, parsed.user_id];
      // Without a user it may be under another name: any text of it counts.
      return [...names, ...Object.values(parsed).filter((one) => typeof one === 'string')];
    }
  } catch {
    // No JSON: a cut or broken record still holds its words.
  }
  const quoted = [...text.matchAll(/"((?:[^"\\]|\\.){1,200})"/g)].map(([, word]) => word!);
  return [...names, ...quoted, ...(text.match(/[\p{L}\p{N}_.@:+-]{1,200}/gu) ?? [])];
}
