/** Longest wait that is believed: a header beyond it is a mistake of the server. */
const mostMs = 48 * 3_600_000;

/**
 * How long a 429 asks to wait, in ms. Seen in the wild: seconds (also 0, and 13,749), an HTTP date, and no
 * header at all. What asks for less than the strikes in a row suggest is lengthened: 0 would make a loop.
 * @param strikes refusals in a row, this one included.
 */
export function retryAfterMs(header: string | null, now: number, strikes: number): number {
  const leastMs = Math.min(2 ** Math.max(0, strikes - 1) * 1000, 300_000);
  const asked = header === null ? Number.NaN : askedMs(header.trim(), now);
  // Without a word from Spotify its window of thirty seconds must pass.
  const fallback = Math.max(leastMs, 30_000);
  return Math.min(Number.isNaN(asked) ? fallback : Math.max(asked, leastMs), mostMs);
}

function askedMs(header: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(header)) return Math.ceil(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? Number.NaN : Math.max(0, date - now);
}
