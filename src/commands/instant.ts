import { TonearmError } from '../errors.ts';

/**
 * Milliseconds since the epoch of a time that was given as an option.
 * @param name the option, for the sentence about it.
 * @throws TonearmError TNA_USAGE
 */
export function instant(name: string, text: string): number {
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  const time = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(full)
    ? Date.parse(full)
    : Number.NaN;
  if (Number.isNaN(time)) {
    throw new TonearmError('TNA_USAGE', `${name} is "${text}", which is no time.`, {
      remedy: 'Write 2025-11-18 or 2025-11-18T14:00:00Z.',
    });
  }
  return time;
}
