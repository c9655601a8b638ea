import { useQuery } from '@tanstack/react-query';
import { ask } from '../api.ts';
import type { Period } from './period.ts';

/** What every part of the page shows: whose listening, when, and of which version of the marts. */
export interface Shown {
  readonly user: string;
  readonly period: Period;
  readonly version: string;
  /** First and last day of listening there is: of the listener, or of everyone. */
  readonly first: string;
  readonly last: string;
  /** There is listening before the period that it can be compared with. */
  readonly comparable: boolean;
}

/** An answer for a version of the marts; while another period is on its way, the last one stays. */
export function useTrends<T>(path: string, parameters: Record<string, string>, version: string) {
  return useQuery({
    queryKey: [path, parameters, version],
    queryFn: () => ask<T>(path, parameters),
    placeholderData: (previous) => previous,
  });
}

export const rangeOf = ({ user, period }: Shown) => ({ user, from: period.from, to: period.to });
