import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { ask, type Health } from '../api.ts';

const everyMs = 3000;
/** Rates are taken over this long, ms: the sink stores every few seconds. */
const rateMs = 30_000;

interface Seen {
  readonly at: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Counters of a stage that only grow, by stage. */
function counters({ topics, tables, stages }: Health): Record<string, number> {
  const events = topics.filter(({ topic }) => topic !== 'dead_letters');
  return {
    log: events.reduce((sum, { latest }) => sum + latest, 0),
    lake: tables.reduce((sum, { rows }) => sum + rows, 0),
    live: stages.find(({ name }) => name === 'live')?.counts.events ?? 0,
  };
}

/** The state of every stage, and how many records a second pass the log, the lake and the live view. */
export function useHealth() {
  const query = useQuery({
    queryKey: ['health'],
    queryFn: () => ask<Health>('/health'),
    refetchInterval: everyMs,
    retry: false,
  });
  const seen = useRef<Seen[]>([]);
  const { data, dataUpdatedAt: at } = query;
  if (data !== undefined && seen.current.at(-1)?.at !== at) {
    const recent = seen.current.filter((one) => at - one.at <= rateMs);
    seen.current = [...recent, { at, counts: counters(data) }];
  }
  return { query, rates: ratesOf(seen.current) };
}

function ratesOf(seen: readonly Seen[]): Record<string, number> {
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < everyMs) return {};
  return Object.fromEntries(
    Object.entries(last.counts).map(([name, count]) => [
      name,
      Math.max(0, (1000 * (count - (first.counts[name] ?? count))) / (last.at - first.at)),
    ]),
  );
}
