import { costOf, type Plan, totalOf, type Usage } from './model.ts';
import type { Assumptions, Prices } from './prices.ts';

export interface Advice {
  readonly change: string;
  /** What it saves a month by itself, in dollars. */
  readonly saves: number;
}

interface Lever {
  readonly change: (plan: Plan) => string;
  readonly apply: (plan: Plan) => Plan;
}

const hours = (seconds: number) =>
  seconds >= 7200 ? `${+(seconds / 3600).toFixed(1)} h` : `${Math.round(seconds / 60)} min`;

const levers: readonly Lever[] = [
  {
    change: (plan) =>
      `Build gold every ${hours(plan.refreshSeconds * 2)} instead of ${hours(plan.refreshSeconds)} (TONEARM_REFRESH_SECONDS=${plan.refreshSeconds * 2})`,
    apply: (plan) => ({ ...plan, refreshSeconds: plan.refreshSeconds * 2 }),
  },
  {
    change: () => 'Suspend the warehouse at the end of a run instead of waiting for auto_suspend',
    apply: (plan) => ({ ...plan, suspendSeconds: 0 }),
  },
  {
    change: (plan) =>
      `Write the lake every ${plan.flushSeconds * 2} s instead of ${plan.flushSeconds} s (TONEARM_FLUSH_SECONDS=${plan.flushSeconds * 2})`,
    apply: (plan) => ({ ...plan, flushSeconds: plan.flushSeconds * 2 }),
  },
];

/**
 * What to change so that the month costs half: the change that saves most, then the next, each once, until it
 * is half or nothing saves a twentieth any more.
 * @param besides dollars a month that no change touches
 */
export function adviceToHalve(
  usage: Usage,
  plan: Plan,
  prices: Prices,
  assumed: Assumptions,
  besides = 0,
): { steps: Advice[]; total: number } {
  const price = (one: Plan) => besides + totalOf(costOf(usage, one, prices, assumed));
  const before = price(plan);
  const steps: Advice[] = [];
  let current = plan;
  let total = before;
  const left = new Set(levers);
  while (total > before / 2 && left.size > 0) {
    const tried = [...left]
      .map((lever) => ({ lever, total: price(lever.apply(current)) }))
      .sort((a, b) => a.total - b.total);
    const best = tried[0]!;
    const saves = total - best.total;
    if (saves < before / 20) break;
    steps.push({ change: best.lever.change(current), saves });
    left.delete(best.lever);
    current = best.lever.apply(current);
    total = best.total;
  }
  return { steps, total };
}
