/**
 * What Snowflake has billed for, from its own account usage views. It goes through a port, and has met a
 * stand-in only: no account was at hand.
 */

/** Runs one statement with bound values (`?`) and answers with its rows. */
export type AskSnowflake = (
  sql: string,
  binds: readonly (string | number)[],
) => Promise<readonly Record<string, unknown>[]>;

/** Stages that are known by a query tag; `other` is whatever else used the warehouse, `idle` an hour without a statement. */
export const billedStages = [
  'transform',
  'recommend',
  'publish',
  'query',
  'check',
  'setup',
  'cost',
  'other',
  'idle',
] as const;

export interface BilledStage {
  /** From the query tag (`tonearm:<run id>:<step>`). */
  readonly stage: (typeof billedStages)[number];
  readonly queries: number;
  /** Time that its statements took, s. */
  readonly seconds: number;
  readonly credits: number;
}

/** What a warehouse was billed for. */
export interface Billed {
  readonly warehouse: string;
  /** Days from the first billed hour to now, at most 30. */
  readonly days: number;
  /** Most credits first. */
  readonly stages: readonly BilledStage[];
  /** Builds of the models, by their run ids. */
  readonly runs: number;
  /** Bytes that the database holds, Fail-safe included; undefined before its first day is counted. */
  readonly databaseBytes: number | undefined;
}

const dayMs = 86_400_000;
const billedDays = 30;

/**
 * Credits of a warehouse by stage, of the last 30 days. A warehouse is billed for the time that it is awake, so each
 * hour's credits are divided among the statements of that hour by how long they ran. The views lag up to
 * three hours.
 * @param now ms since the epoch
 */
export async function readBilled(
  ask: AskSnowflake,
  { warehouse, database }: { warehouse: string; database: string },
  now: number,
): Promise<Billed> {
  const since = now - billedDays * dayMs;
  const from = new Date(since).toISOString().slice(0, 19).replace('T', ' ');
  const [begun] = await asked(firstHourSql, [from, warehouse]);
  const stages = await asked(stagesSql, [from, warehouse, from, warehouse]);
  const [counted] = await asked(runsSql, [from, warehouse]);
  const [stored] = await asked(storageSql, [from.slice(0, 10), database]);
  const first = begun?.first_hour == null ? now : Number(begun?.first_hour) * 1000;
  return {
    warehouse,
    days: Math.min(billedDays, Math.max(1 / 24, (now - first) / dayMs)),
    stages: byKnownStage(stages),
    runs: Number(counted?.runs ?? 0),
    databaseBytes: stored === undefined ? undefined : Number(stored.bytes),
  };

  async function asked(sql: string, binds: readonly string[]) {
    const rows = await ask(sql, binds);
    // Drivers spell names as Snowflake does, in capitals.
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value])),
    );
  }
}

function byKnownStage(rows: readonly Record<string, unknown>[]): BilledStage[] {
  const stages = new Map<string, BilledStage>();
  for (const row of rows) {
    const stage = billedStages.find((one) => one === row.stage) ?? 'other';
    const before = stages.get(stage);
    stages.set(stage, {
      stage,
      queries: Number(row.queries) + (before?.queries ?? 0),
      seconds: Number(row.seconds) + (before?.seconds ?? 0),
      credits: Number(row.credits) + (before?.credits ?? 0),
    });
  }
  return [...stages.values()].sort((left, right) => right.credits - left.credits);
}

const firstHourSql = `
select datediff('second', cast('1970-01-01' as timestamp), min(start_time)) as first_hour
from snowflake.account_usage.warehouse_metering_history
where start_time >= cast(? as timestamp) and upper(warehouse_name) = upper(?)`;

const runsSql = `
select count(distinct split_part(query_tag, ':', 2)) as runs
from snowflake.account_usage.query_history
where start_time >= cast(? as timestamp) and upper(warehouse_name) = upper(?)
  and query_tag like 'tonearm:_%:transform'`;

const storageSql = `
select average_database_bytes + average_failsafe_bytes as bytes
from snowflake.account_usage.database_storage_usage_history
where usage_date >= cast(? as date) and upper(database_name) = upper(?)
order by usage_date desc
limit 1`;

const stagesSql = `
with metered as (
  select date_trunc('hour', start_time) as metered_hour, sum(credits_used) as credits
  from snowflake.account_usage.warehouse_metering_history
  where start_time >= cast(? as timestamp) and upper(warehouse_name) = upper(?)
  group by date_trunc('hour', start_time)
),

tagged as (
  select
    date_trunc('hour', start_time) as queried_hour,
    case when query_tag like 'tonearm:%' then split_part(query_tag, ':', 3) else 'other' end as stage,
    total_elapsed_time
  from snowflake.account_usage.query_history
  where start_time >= cast(? as timestamp) and upper(warehouse_name) = upper(?)
),

queried as (
  select
    queried_hour,
    stage,
    count(*) as queries,
    sum(total_elapsed_time) / 1000 as seconds
  from tagged
  group by queried_hour, stage
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
