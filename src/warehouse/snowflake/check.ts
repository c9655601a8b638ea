/** Looks at every part of what infra/snowflake makes, as the pipeline would use it. */
import { lakeTableNames } from '../../../contracts/lake-tables.ts';
import { TonearmError } from '../../errors.ts';
import { billingRole, ingestRole, readRole, type SnowflakeLocation } from './location.ts';
import { type Ask, openSnowflake, type SnowflakeSession, withSnowflake } from './session.ts';

export interface Finding {
  readonly part: string;
  readonly ok: boolean;
  /** One sentence. */
  readonly message: string;
  /** What to do; where it is not ok. */
  readonly remedy?: string;
}

const setup = 'Run ./tonearm warehouse setup as an administrator.';

/**
 * Every finding, in the order in which the parts need each other. Nothing is changed.
 * @param lake `s3://bucket/prefix/`
 */
export async function checkWarehouse(
  location: SnowflakeLocation,
  lake: string,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { database, role, user, warehouse } = location;
  const roles = [role, ingestRole(location)];
  const sessions = new Map<string, SnowflakeSession>();
  try {
    for (const name of roles) {
      await note(findings, `sign-in as ${name}`, setup, async () => {
        sessions.set(name, await openSnowflake(location, { role: name, tag: 'tonearm::check' }));
        return `${user} signs in to ${location.account} with the role ${name}.`;
      });
    }
    const transform = sessions.get(role)?.ask;
    const ingest = sessions.get(roles[1]!)?.ask;
    if (transform !== undefined) {
      for (const [part, remedy, look] of transformParts(transform, location, lake)) {
        await note(findings, part, remedy, look);
      }
    }
    if (ingest !== undefined) {
      for (const table of lakeTableNames) {
        await note(findings, `refresh of lake.${table}`, setup, async () => {
          // A folder in which nothing lies: the right is tried, and nothing is listed.
          await ask(
            ingest,
            `alter external table ${database}.lake.${table} refresh 'year=1970/month=01/day=01/hour=00/'`,
          );
          return `${ingestRole(location)} may refresh lake.${table}.`;
        });
      }
    }
    await note(findings, 'bill', setup, async () => {
      const as = { role: billingRole(location), tag: 'tonearm::check' };
      await withSnowflake(location, as, async (asked) => {
        for (const view of ['query_history', 'warehouse_metering_history']) {
          await asked(
            `select count(*) as n from snowflake.account_usage.${view} where start_time >= dateadd('hour', -1, current_timestamp())`,
          );
        }
      });
      return `${billingRole(location)} reads what was billed: ./tonearm cost shows it.`;
    });
    return findings;
  } finally {
    for (const session of sessions.values()) await session.close();
  }

  function transformParts(
    asked: Ask,
    { database: db }: SnowflakeLocation,
    url: string,
  ): [string, string, () => Promise<string>][] {
    const named = async (kind: string, name: string) => {
      const [row] = await ask(asked, `show ${kind} like '${name}'`);
      if (row === undefined) throw new Error(`There is no ${name}, or it may not be used.`);
      return row;
    };
    return [
      [
        'warehouse',
        setup,
        async () => {
          const row = await named('warehouses', warehouse);
          if (!(Number(row.auto_suspend) > 0 && Number(row.auto_suspend) <= 300)) {
            throw new Error(
              `${warehouse} suspends itself after ${row.auto_suspend} s: an idle one costs money.`,
            );
          }
          return `${warehouse} (${row.size}) sleeps after ${row.auto_suspend} s.`;
        },
      ],
      [
        'resource monitor',
        `${setup} A warehouse without a monitor has no ceiling.`,
        async () => {
          const { resource_monitor: monitor } = await named('warehouses', warehouse);
          if (String(monitor).toUpperCase() !== `${db}_MONITOR`) {
            throw new Error(`${warehouse} has the monitor ${monitor}, not ${db}_MONITOR.`);
          }
          return `${db}_MONITOR guards ${warehouse}.`;
        },
      ],
      [
        'storage integration',
        `${setup} Then let the AWS role trust the principal that "describe integration ${db}_LAKE" shows.`,
        async () => {
          // The pipeline itself may not see integrations: the stage is what it needs.
          const rows = await ask(asked, `list @${db}.lake.lake_stage/plays/`);
          return `Snowflake lists the lake: ${rows.length} files of plays.`;
        },
      ],
      [
        'stage',
        `${setup} The stage has to lie where TONEARM_LAKE points.`,
        async () => {
          const [row] = await ask(asked, `show stages like 'LAKE_STAGE' in schema ${db}.lake`);
          if (row === undefined) throw new Error(`There is no stage ${db}.lake.lake_stage.`);
          if (row.url !== url) throw new Error(`The stage is ${row.url}, the lake is ${url}.`);
          return `The stage is ${url}.`;
        },
      ],
      [
        'external tables',
        setup,
        async () => {
          const rows = await ask(asked, `show external tables in schema ${db}.lake`);
          const names = new Set(rows.map((row) => String(row.name).toLowerCase()));
          const missing = lakeTableNames.filter((one) => !names.has(one));
          if (missing.length > 0) throw new Error(`There is no lake.${missing.join(', lake.')}.`);
          for (const table of lakeTableNames) {
            await ask(asked, `select count(*) as n from ${db}.lake.${table} where year = 1970`);
          }
          return `${lakeTableNames.length} external tables can be read.`;
        },
      ],
      [
        'list of lake files',
        setup,
        async () => {
          const [row] = await ask(
            asked,
            `select count(*) as n from ${db}.lake.lake_files where live`,
          );
          return `lake.lake_files names ${row!.n} live files.`;
        },
      ],
      [
        'grants',
        setup,
        async () => {
          const rows = await ask(asked, `show grants to role ${role}`);
          const may = (schema: string, privilege: string) =>
            rows.some(
              (row) =>
                String(row.privilege) === privilege &&
                String(row.name).toUpperCase() === `${db}.${schema}`.toUpperCase(),
            );
          for (const schema of ['bronze', 'staging', 'silver', 'gold']) {
            if (!may(schema, 'CREATE TABLE')) {
              throw new Error(`${role} may not create tables in ${db}.${schema}.`);
            }
          }
          return `${role} may build in bronze, staging, silver and gold; ${readRole(location)} reads.`;
        },
      ],
      [
        'clock',
        "As an administrator: alter user … set timezone = 'UTC'.",
        async () => {
          const [row] = await ask(
            asked,
            "select to_varchar(convert_timezone('UTC', current_timestamp()), 'YYYY-MM-DD HH24:MI') as utc, to_varchar(current_timestamp(), 'YYYY-MM-DD HH24:MI') as own",
          );
          if (row!.utc !== row!.own)
            throw new Error(`The session's clock shows ${row!.own}, not UTC.`);
          return 'Sessions count in UTC.';
        },
      ],
      [
        'transactions',
        setup,
        async () => {
          const [row] = await ask(
            asked,
            "show parameters like 'TRANSACTION_ABORT_ON_ERROR' in session",
          );
          if (String(row?.value).toLowerCase() !== 'true') {
            throw new Error(
              'Of a transaction that fails, what came before the failure may be kept.',
            );
          }
          return 'A transaction that fails leaves nothing behind.';
        },
      ],
    ];
  }
}

const ask = (asked: Ask, sql: string) => asked(sql);

async function note(
  findings: Finding[],
  part: string,
  remedy: string,
  look: () => Promise<string>,
): Promise<void> {
  try {
    findings.push({ part, ok: true, message: await look() });
  } catch (error) {
    const own = error instanceof TonearmError && error.code !== 'TNA_WAREHOUSE_REFUSED';
    const message = (error as Error).message;
    findings.push({
      part,
      ok: false,
      message,
      remedy: own ? (error as TonearmError).remedy! : remedy,
    });
  }
}
