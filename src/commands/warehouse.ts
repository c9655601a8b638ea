import { TonearmError } from '../errors.ts';
import {
  applySetup,
  checkWarehouse,
  openSnowflake,
  type SnowflakeLocation,
} from '../warehouse/snowflake/index.ts';
import type { CommandContext, CommandResult } from './context.ts';

export interface WarehouseOptions {
  /** Who runs setup with the role ACCOUNTADMIN is TONEARM_SNOWFLAKE_USER; this is who the pipeline will be. */
  user?: string;
  credits: number;
  storageRole?: string;
}

/** `tonearm warehouse setup|check`: makes in Snowflake what the pipeline needs, or looks at it. */
export async function warehouse(
  context: CommandContext,
  options: WarehouseOptions,
  [verb]: string[],
): Promise<CommandResult> {
  const { config } = context;
  if (verb !== 'setup' && verb !== 'check') {
    throw new TonearmError('TNA_USAGE', `"${verb}" is neither setup nor check.`, {
      remedy: 'Write ./tonearm warehouse setup or ./tonearm warehouse check.',
    });
  }
  const location = config.warehouse;
  if (location.kind !== 'snowflake' || config.lake.kind !== 's3') {
    throw new TonearmError(
      'TNA_USAGE',
      'TONEARM_WAREHOUSE is not Snowflake: DuckDB needs no setting up.',
      { remedy: 'Set TONEARM_WAREHOUSE=snowflake://account/database; docs/guides/snowflake.md.' },
    );
  }
  const { bucket, prefix } = config.lake;
  const lake = prefix === '' ? `s3://${bucket}/` : `s3://${bucket}/${prefix}/`;
  return verb === 'setup'
    ? await setup(context, location, lake, options)
    : await check(location, lake);
}

async function setup(
  { say }: CommandContext,
  location: SnowflakeLocation,
  lake: string,
  { user, credits, storageRole }: WarehouseOptions,
): Promise<CommandResult> {
  if (storageRole === undefined) {
    throw new TonearmError('TNA_USAGE', 'Setup needs the AWS role that may read the bucket.', {
      remedy: 'Write --storage-role arn:aws:iam::123456789012:role/tonearm-lake.',
    });
  }
  const session = await openSnowflake(location, { role: 'ACCOUNTADMIN', tag: 'tonearm::setup' });
  try {
    const names = {
      database: location.database,
      warehouse: location.warehouse,
      role: location.role,
      user: (user ?? location.user).toUpperCase(),
      credits,
      storage_role: storageRole,
      lake,
    };
    const statements = await applySetup(session.ask, names, (file, count) =>
      say(`${file.padEnd(24)} ${count} statements`),
    );
    const described = await session.ask(`describe integration ${location.database}_LAKE`);
    const property = (name: string) =>
      described.find((row) => row.property === name)?.property_value ?? 'unknown';
    const trusted = property('STORAGE_AWS_IAM_USER_ARN');
    const externalId = property('STORAGE_AWS_EXTERNAL_ID');
    return {
      result: { statements, trusted, external_id: externalId },
      text: `${statements} statements were run. The AWS role ${storageRole} has to trust ${trusted} with the external id ${externalId}. Then run ./tonearm warehouse check.`,
    };
  } finally {
    await session.close();
  }
}

async function check(location: SnowflakeLocation, lake: string): Promise<CommandResult> {
  const findings = await checkWarehouse(location, lake);
  const ok = findings.every((one) => one.ok);
  const lines = findings.map(
    (one) =>
      `${one.ok ? 'ok     ' : 'FAILED '} ${one.part}: ${one.message}${one.remedy === undefined ? '' : `\n        → ${one.remedy}`}`,
  );
  return {
    result: { ok, findings },
    text: [...lines, ok ? 'All is there.' : 'Something is missing: see above.'].join('\n'),
    exitCode: ok ? 0 : 1,
  };
}
