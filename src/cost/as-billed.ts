import { type CostLine, monthDays, type Plan } from './model.ts';
import type { Assumptions, Prices } from './prices.ts';
import type { Billed } from './query-history.ts';

/** Stages that a build of gold causes: what advice can change. */
const ofRuns: readonly string[] = ['transform', 'recommend', 'publish'];

/** The model's lines with the credits of a bill, scaled to a month, in the place of its own. */
export function withBill(lines: readonly CostLine[], billed: Billed, prices: Prices): CostLine[] {
  const scale = monthDays / billed.days;
  const bill = billed.stages.map(({ stage, queries, seconds, credits }): CostLine => {
    const quantity = credits * scale;
    const what =
      stage === 'idle'
        ? 'awake without a statement'
        : `${queries} statements, ${Math.round(seconds)} s, as billed`;
    return {
      ...{ stage, provider: 'Snowflake', what, quantity, unit: 'credits' },
      dollars: quantity * prices.credit,
    };
  });
  const at = lines.findIndex(({ unit }) => unit === 'credits');
  return [...lines.slice(0, at), ...bill, ...lines.slice(at + 1)];
}

/**
 * Plan and assumptions with which the model comes to what builds were billed for: how often gold was built and how
 * long a build kept the warehouse awake.
 */
export function calibrated(
  billed: Billed,
  plan: Plan,
  assumed: Assumptions,
): { plan: Plan; assumed: Assumptions } {
  const { runs, days } = billed;
  if (runs === 0) return { plan: { ...plan, refreshSeconds: Number.POSITIVE_INFINITY }, assumed };
  const awake = (creditsOf(billed, true) / assumed.creditsAnHour / runs) * 3600;
  const suspendSeconds = Math.min(plan.suspendSeconds, awake);
  return {
    plan: { ...plan, refreshSeconds: Math.round((days * 86_400) / runs), suspendSeconds },
    assumed: {
      ...assumed,
      runSeconds: awake - suspendSeconds,
      leastBilledSeconds: Math.min(assumed.leastBilledSeconds, awake),
    },
  };
}

/** Credits of the builds, or of everything else. */
export function creditsOf({ stages }: Billed, isOfRuns: boolean): number {
  return stages.reduce(
    (sum, { stage, credits }) => sum + (ofRuns.includes(stage) === isOfRuns ? credits : 0),
    0,
  );
}
