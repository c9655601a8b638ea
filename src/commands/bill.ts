import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type Billed, readBilled } from '../cost/index.ts';
import { TonearmError } from '../errors.ts';

export interface Bill {
  readonly billed?: Billed;
  /** Why there is none, where there should be. */
  readonly problem?: string;
}

const dayMs = 86_400_000;
/** What was read yesterday is good enough for a page that nobody should wake a warehouse for. */
const keptMs = 2 * dayMs;

const fileOf = ({ dataDirectory }: Config) => join(dataDirectory, 'run', 'billed.json');

/** Asks Snowflake what the last 30 days were billed for, and keeps the answer. Nothing where DuckDB is the warehouse. */
export async function askForBill(config: Config, now: number): Promise<Bill> {
  const { warehouse } = config;
  if (warehouse.kind !== 'snowflake') return {};
  const { billingRole, withSnowflake } = await import('../warehouse/snowflake/index.ts');
  const role = billingRole(warehouse);
  try {
    const billed = await withSnowflake(warehouse, { role, tag: 'tonearm::cost' }, (ask) =>
      readBilled((sql, binds) => ask(sql, [...binds]), warehouse, now),
    );
    await mkdir(join(config.dataDirectory, 'run'), { recursive: true });
    await writeFile(fileOf(config), `${JSON.stringify({ read_at: now, billed })}\n`);
    return { billed };
  } catch (error) {
    if (!(error instanceof TonearmError)) throw error;
    return { problem: sentence(error, role) };
  }
}

/** What was billed when it was asked last, in the last two days. */
export async function lastBill(config: Config, now: number): Promise<Billed | undefined> {
  if (config.warehouse.kind !== 'snowflake') return undefined;
  const text = await readFile(fileOf(config), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const kept = JSON.parse(text) as { read_at: number; billed: Billed };
  return now - kept.read_at > keptMs ? undefined : kept.billed;
}

function sentence({ code, message }: TonearmError, role: string): string {
  const lacksRight =
    code !== 'TNA_WAREHOUSE_UNREACHABLE' && /not authorized|privilege|role/i.test(message);
  return lacksRight
    ? `The role ${role} may not read what Snowflake has billed (snowflake.account_usage), so its part is modelled. ./tonearm warehouse setup, as an administrator, grants it. Snowflake says: ${message}`
    : `What Snowflake has billed could not be read, so its part is modelled: ${message}`;
}
