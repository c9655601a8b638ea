import { defaultPlan } from '../config.ts';
import { type CostReport, planOf, reportCost } from '../cost/index.ts';
import { openLake } from '../lake/index.ts';
import { askForBill } from './bill.ts';
import type { CommandContext, CommandResult } from './context.ts';

export interface CostOptions {
  plan?: boolean;
  creditPrice?: number;
}

/** `tonearm cost`: the last 30 days on S3 and Snowflake at list price, by stage, and how to halve it. */
export async function cost(context: CommandContext, options: CostOptions): Promise<CommandResult> {
  const { config, clock } = context;
  const prices = options.creditPrice === undefined ? {} : { credit: options.creditPrice };
  const plan = planOf(config, defaultPlan);
  const bill = options.plan ? {} : await askForBill(config, clock());
  const report = options.plan
    ? await reportCost({ basis: 'plan', plan, prices })
    : await reportCost({
        basis: 'measured',
        plan,
        prices,
        config,
        lake: await openLake(config, clock),
        now: clock(),
        billed: bill.billed,
      });
  if (bill.problem === undefined) return { result: report, text: textOf(report) };
  return {
    result: { ...report, problem: bill.problem },
    text: `${bill.problem}\n\n${textOf(report)}`,
  };
}

const dollars = (value: number) => `$${value.toFixed(2)}`;
const count = (value: number) => Math.round(value).toLocaleString('en');

function textOf(report: CostReport): string {
  const { usage, lines, total, advice } = report;
  const measured = `${report.days < 29.5 ? `${report.days.toFixed(1)} days measured, scaled; ` : ''}${count(usage.eventsADay)} events a day`;
  const head = {
    plan: 'A million events a day, after a year, would cost on S3 and Snowflake, a month:',
    measured: `The last 30 days (${measured}) would cost on S3 and Snowflake:`,
    billed: `The last 30 days (${measured}), on Snowflake as billed and on S3 at list price:`,
  }[report.basis];
  const table = lines.map((line) => {
    const quantity = line.unit === 'requests' ? count(line.quantity) : line.quantity.toFixed(2);
    return `  ${line.stage.padEnd(10)} ${line.provider.padEnd(10)} ${line.what.padEnd(44)} ${quantity.padStart(12)} ${line.unit.padEnd(9)} ${dollars(line.dollars).padStart(9)}`;
  });
  const stages = [...new Set(lines.map(({ stage }) => stage))].map((stage) => {
    const sum = lines.reduce((all, line) => all + (line.stage === stage ? line.dollars : 0), 0);
    return `${stage} ${dollars(sum)}`;
  });
  const halved =
    advice.length === 0
      ? ['  Nothing: no change saves a twentieth of it.']
      : advice.map((one) => `  ${one.change}: saves ${dollars(one.saves)}`);
  return [
    head,
    ...table,
    `  total ${dollars(total)}: ${stages.join(', ')}`,
    '',
    'Taken for granted:',
    ...report.assumptions.map((one) => `  - ${one}`),
    '',
    'To halve it:',
    ...halved,
    ...(advice.length === 0 ? [] : [`  Then it is ${dollars(report.total_after_advice)} a month.`]),
  ].join('\n');
}
