/**
 * What Snowflake has billed for, from its own account usage views. It goes through a port, and has met a
 * stand-in only: no account was at hand.
 */

/** Runs one statement with bound values (`:1`, `:2`) and answers with its rows. */
export type AskSnowflake = (
  sql: string,
  binds: readonly (string | number)[],
) => Promise<readonly Record<string, unknown>[]>;

export interface BilledStage {
  /** From the query tag (`tonearm:<run id>:<step>`); `other` where a statement had none. */
  readonly stage: string;
  readonly queries: number;
  readonly seconds: number;
  readonly credits: number;
}

/**
 * Credits of a warehouse by stage. A warehouse is billed for the time that it is awake, so each hour's
 * credits are divided among the statements of that hour by how long they ran; an hour without any is `idle`.
 * The views lag up to three hours.
 * @param since ms since the epoch.
 */
export async function billedByStage(
  ask: AskSnowflake,
  warehouse: string,
  since: number,
): Promise<BilledStage[]> {
  const from = new Date(since).toISOString().slice(0, 19).replace('T', ' ');
  const rows = await ask(billedSql, [from, warehouse]);
  return rows.map((row) => {
    // Drivers spell names as Snowflake does, in capitals.
    const value = (name: string) => row[name] ?? row[name.toUpperCase()];
    return {
      stage: String(value('stage')),
      queries: Number(value('queries')),
      seconds: Number(value('seconds')),
      credits: Number(value('credits')),
    };
  });
}

const billedSql = `
with metered as (
  select date_trunc('hour', start_time) as metered_hour, sum(credits_used) as credits
  from snowflake.account_usage.warehouse_metering_history
  where start_time >= cast(:1 as timestamp) and upper(warehouse_name) = upper(:2)
  group by date_trunc('hour', start_time)
),

queried as (
  select
    date_trunc('hour', start_time) as queried_hour,
    coalesce(nullif(split_part(query_tag, ':', 3), ''), 'other') as stage,
    count(*) as queries,
    sum(total_elapsed_time) / 1000 as seconds
  from snowflake.account_usage.query_history
  where start_time >= cast(:1 as timestamp) and upper(warehouse_name) = upper(:2)
  group by date_trunc('hour', start_time), coalesce(nullif(split_part(query_tag, ':', 3), ''), 'other')
),

shares as (
  select
    coalesce(queried.stage, 'idle') as stage,
    coalesce(queried.queries, 0) as queries,
    coalesce(queried.seconds, 0) as seconds,
    metered.credits * coalesce(
      queried.seconds / nullif(sum(queried.seconds) over (partition by metered.metered_hour), 0), 1
    ) as credits
  from metered
  left join queried on metered.metered_hour = queried.queried_hour
)

select stage, sum(queries) as queries, sum(seconds) as seconds, sum(credits) as credits
from shares
group by stage
order by credits desc`;
