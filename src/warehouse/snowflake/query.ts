/** Read-only SQL in Snowflake: the role that it runs under may read bronze, silver and gold, and nothing else. */
import { TonearmError } from '../../errors.ts';
import type { QueryAnswer } from '../query.ts';
import { readRole, type SnowflakeLocation } from './location.ts';
import { withSnowflake } from './session.ts';

/**
 * @throws TonearmError TNA_QUERY_REFUSED, TNA_QUERY_FAILED, TNA_WAREHOUSE_UNREACHABLE, TNA_WAREHOUSE_DENIED
 */
export async function querySnowflake(
  location: SnowflakeLocation,
  sql: string,
): Promise<QueryAnswer> {
  if (!/^\s*(select|with)\b/i.test(sql)) {
    throw new TonearmError('TNA_QUERY_REFUSED', 'The query may only read.', {
      remedy: 'Ask with SELECT or WITH.',
    });
  }
  const as = { role: readRole(location), tag: 'tonearm::query' };
  return await withSnowflake(location, as, async (ask) => {
    const found = await ask(sql).catch((error: unknown) => {
      throw new TonearmError('TNA_QUERY_FAILED', (error as Error).message, {
        cause: error,
        remedy: 'Correct the statement: it is in the SQL of Snowflake, where silver.* lies.',
      });
    });
    const rows = found.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
    );
    return { columns: Object.keys(rows[0] ?? {}), rows };
  });
}

const plain = (value: unknown): unknown =>
  value instanceof Date ? new Date(value).toISOString() : value;
