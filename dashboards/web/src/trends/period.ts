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
