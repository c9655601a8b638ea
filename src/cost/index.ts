/**
 * What the last 30 days cost, or would cost, on S3 and Snowflake at list price, by stage; what is taken
 * for granted; and what to change to halve it.
 */
import type { Config } from '../config.ts';
import type { Lake } from '../lake/index.ts';
import { signIntervalMs } from '../lake/sink-group.ts';
import { type Advice, adviceToHalve } from './advice.ts';
import { calibrated, creditsOf, withBill } from './as-billed.ts';
import {
  type CostLine,
  costOf,
  millionADay,
  monthDays,
  type Plan,
  totalOf,
  type Usage,
} from './model.ts';
import { type Assumptions, assumptions, listPrices, type Prices } from './prices.ts';
import { type Billed, billedStages, readBilled } from './query-history.ts';
import { measureUsage } from './usage.ts';

export type { Advice, CostLine, Plan, Prices, Usage };
export { type Billed, billedStages, readBilled };

export interface CostReport {
  /** `measured` from this lake, also with what Snowflake has `billed`, or the plan of a million events a day. */
  readonly basis: 'measured' | 'billed' | 'plan';
  /** Days that were measured; 30 for the plan. */
  readonly days: number;
  readonly usage: Usage;
  readonly plan: Plan;
  readonly lines: readonly CostLine[];
  /** Dollars a month. */
  readonly total: number;
  readonly assumptions: readonly string[];
  readonly advice: readonly Advice[];
  /** Dollars a month after the advice. */
  readonly total_after_advice: number;
}

/**
 * The settings where the platform runs on S3 and Snowflake: their own defaults where this machine keeps the lake
 * in a folder and the warehouse in DuckDB, since nobody writes a bucket every five seconds.
 */
export function planOf(
  config: Pick<Config, 'lake' | 'warehouse' | 'flushMs' | 'refreshMs'>,
  defaults: { flushSeconds: { s3: number }; refreshSeconds: { snowflake: number } },
): Plan {
  const isBucket = config.lake.kind !== 'file';
  const isSnowflake = config.warehouse.kind === 'snowflake';
  const flushSeconds = isBucket ? config.flushMs / 1000 : defaults.flushSeconds.s3;
  return {
    flushSeconds,
    signSeconds: signIntervalMs(flushSeconds * 1000) / 1000,
    refreshSeconds: isSnowflake ? config.refreshMs / 1000 : defaults.refreshSeconds.snowflake,
    suspendSeconds: assumptions.suspendSeconds,
  };
}

/** What this lake's last 30 days would cost, or what the plan of a million events a day does. */
export async function reportCost(
  options:
    | { basis: 'plan'; plan: Plan; prices?: Partial<Prices> }
    | {
        basis: 'measured';
        plan: Plan;
        prices?: Partial<Prices>;
        config: Pick<Config, 'martsDirectory' | 'warehouse'>;
        lake: Lake;
        now: number;
        /** What Snowflake has billed; its part is modelled when left out. */
        billed?: Billed | undefined;
      },
): Promise<CostReport> {
  const { plan } = options;
  const prices = { ...listPrices, ...options.prices };
  const measured =
    options.basis === 'plan'
      ? { ...millionADay, days: 30 }
      : await measureUsage(options.config, options.lake, options.now);
  const { days, ...lakeUsage } = measured;
  const billed = options.basis === 'plan' ? undefined : options.billed;
  const usage = { ...lakeUsage, warehouseBytes: billed?.databaseBytes ?? lakeUsage.warehouseBytes };
  const used =
    billed === undefined ? { plan, assumed: assumptions } : calibrated(billed, plan, assumptions);
  const modelled = costOf(usage, used.plan, prices, used.assumed);
  const lines = billed === undefined ? modelled : withBill(modelled, billed, prices);
  const besides =
    billed === undefined ? 0 : creditsOf(billed, false) * (monthDays / billed.days) * prices.credit;
  const advice = adviceToHalve(usage, used.plan, prices, used.assumed, besides);
  return {
    basis: billed === undefined ? options.basis : 'billed',
    days,
    usage,
    plan,
    lines,
    total: totalOf(lines),
    assumptions: spelledOut(plan, prices, billed, used.assumed),
    advice: advice.steps,
    total_after_advice: advice.total,
  };
}

function spelledOut(
  plan: Plan,
  prices: Prices,
  billed: Billed | undefined,
  a: Assumptions,
): string[] {
  return [
    `List prices, us-east-1, in dollars: ${(prices.write * 1000).toFixed(4)} for 1,000 writes and ${(prices.read * 1000).toFixed(4)} for 1,000 reads of S3 Standard, ${prices.lakeGigabyte} a GB and month; ${prices.credit.toFixed(2)} a Snowflake credit (Standard edition), ${prices.warehouseTerabyte} a TB and month. ${billed === undefined ? 'No bill was read.' : 'The prices of your contract are not known.'}`,
    `The lake is written every ${plan.flushSeconds} s.`,
    billed === undefined ? modelledRuns(plan, a) : billedRuns(billed, plan, a),
    'Registering new files of external tables is billed as cloud services, which are free up to a tenth of the compute of the day; it is taken to stay below that.',
    'Dashboards read the marts and never wake the warehouse. Replaced files, Time Travel and Fail-safe are left out: they are small here.',
    'Not in it: the machine of the sink and the API, Kafka, traffic out of the region, free tiers, taxes.',
  ];
}

const modelledRuns = (plan: Plan, a: Assumptions): string =>
  `Gold is built every ${plan.refreshSeconds / 3600} h, by an X-Small warehouse (${a.creditsAnHour} credit an hour) that is busy for ${a.runSeconds} s a run and asleep ${plan.suspendSeconds} s later. The ${a.runSeconds} s are an estimate: no account was at hand.`;

function billedRuns({ warehouse, days, runs, stages }: Billed, plan: Plan, a: Assumptions): string {
  const credits = stages.reduce((sum, one) => sum + one.credits, 0);
  const scaled = days < 29.5 ? ', here scaled to 30' : '';
  const each =
    runs === 0
      ? 'No build was among them.'
      : `${runs} builds were among them, each ${Math.round(a.runSeconds)} s and what it waits to suspend (${plan.suspendSeconds} s).`;
  return `${warehouse} was billed for ${credits.toFixed(2)} credits in ${days.toFixed(1)} days${scaled}, by Snowflake's account usage, which is up to three hours behind. Each hour's credits are divided among its statements by how long they ran; what another program asks there is "other". ${each}`;
}
