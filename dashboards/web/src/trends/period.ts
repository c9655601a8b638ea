export const presets = [
  { key: '7', name: '7 days' },
  { key: '30', name: '30 days' },
  { key: '90', name: '90 days' },
  { key: '365', name: 'Year' },
  { key: 'all', name: 'All' },
] as const;

export interface Period {
  readonly key: string;
  /** First and last day, both inside. */
  readonly from: string;
  readonly to: string;
}

const dayMs = 86_400_000;
const iso = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The days of a preset, counted back from the last day that has data. */
export function periodOf(key: string, first: string, last: string): Period {
  if (/^\d{4}-\d{2}-\d{2}_\d{4}-\d{2}-\d{2}$/.test(key)) {
    const [from, to] = key.split('_') as [string, string];
    return { key, from, to };
  }
  if (/^\d{4}$/.test(key)) return { key, from: `${key}-01-01`, to: `${key}-12-31` };
  if (/^\d{4}-\d{2}$/.test(key)) {
    const [year, month] = key.split('-').map(Number) as [number, number];
    return { key, from: `${key}-01`, to: iso(Date.UTC(year, month, 0)) };
  }
  if (key === 'all') return { key, from: first, to: last };
  const days = Number(key) || 30;
  return {
    key,
    from: iso(Math.max(Date.parse(first), Date.parse(last) - (days - 1) * dayMs)),
    to: last,
  };
}

/** As many days just before. */
export function before(period: Period): { from: string; to: string } {
  const length = Date.parse(period.to) - Date.parse(period.from) + dayMs;
  return { from: iso(Date.parse(period.from) - length), to: iso(Date.parse(period.from) - dayMs) };
}

/** The preset that shows most of the data at once. */
export function defaultPreset(first: string, last: string): string {
  const days = (Date.parse(last) - Date.parse(first)) / dayMs + 1;
  if (days <= 35) return '30';
  return days <= 120 ? '90' : 'all';
}

/** The years and months that have data, newest first, as keys of periods. */
export function calendarKeys(first: string, last: string): { years: string[]; months: string[] } {
  const months: string[] = [];
  for (let at = last.slice(0, 7); at >= first.slice(0, 7); ) {
    months.push(at);
    const [year, month] = at.split('-').map(Number) as [number, number];
    at = iso(Date.UTC(year, month - 2, 1)).slice(0, 7);
  }
  return { years: [...new Set(months.map((month) => month.slice(0, 4)))], months };
}

export interface Span {
  readonly from: string;
  readonly to: string;
  readonly days: number;
}

/** The longest row of days with music, that which still goes on at the end, and the longest without. */
export function streaks(days: readonly string[]): {
  longest: Span | undefined;
  current: Span | undefined;
  gap: Span | undefined;
} {
  let longest: Span | undefined;
  let current: Span | undefined;
  let gap: Span | undefined;
  for (const day of days) {
    const silent = current ? (Date.parse(day) - Date.parse(current.to)) / dayMs - 1 : 0;
    if (current && silent > (gap?.days ?? 0)) {
      gap = {
        from: iso(Date.parse(current.to) + dayMs),
        to: iso(Date.parse(day) - dayMs),
        days: silent,
      };
    }
    current =
      current && silent === 0
        ? { from: current.from, to: day, days: current.days + 1 }
        : { from: day, to: day, days: 1 };
    if (current.days > (longest?.days ?? 0)) longest = current;
  }
  return { longest, current, gap };
}
