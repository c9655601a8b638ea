import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fakesnowPython, makePythonEnvironment } from '../../scripts/python-environment.mjs';
import { freePorts } from '../../src/services/free-port.ts';
import {
  parseSnowflakeLocation,
  type SnowflakeLocation,
} from '../../src/warehouse/snowflake/location.ts';
import { type Ask, openSnowflake } from '../../src/warehouse/snowflake/session.ts';
import { applySetup, type SetupNames } from '../../src/warehouse/snowflake/setup.ts';

export interface StandIn {
  readonly location: SnowflakeLocation;
  readonly url: string;
  readonly names: SetupNames;
  /** Everything that it was asked, in order. */
  statements(): Promise<{ sql: string; role: string; tag: string; user: string }[]>;
  /** Runs work as the administrator. */
  asAdministrator<T>(work: (ask: Ask) => Promise<T>): Promise<T>;
  setUp(): Promise<number>;
}

/** Makes the environment of the stand-in; a sentence where that cannot be done. */
export const standInMissing = (): string | false =>
  makePythonEnvironment(console.error, 'fakesnow') ?? false;

/**
 * Starts the stand-in of Snowflake, with a folder in the place of all buckets, and stops it after the test.
 * @param buckets absolute folder
 */
export async function startSnowflake(
  t: TestContext,
  buckets: string,
  lake = 's3://music/lake/',
): Promise<StandIn> {
  await mkdir(buckets, { recursive: true });
  const [port] = await freePorts(1);
  const script = join(import.meta.dirname, 'server.py');
  const child = spawn(fakesnowPython, [script, String(port), buckets], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  const asked = () => fetch(`${url}/stand-in/statements`, { headers: { connection: 'close' } });
  while ((await asked().catch(() => undefined)) === undefined) {
    if (child.exitCode !== null) throw new Error('the stand-in of Snowflake ended');
    await delay(100);
  }
  const location = parseSnowflakeLocation('snowflake://standin/tonearm', {
    path: join(buckets, '../recommendations.duckdb'),
    lake,
    user: 'TONEARM_PIPELINE',
    password: 'stand-in secret',
    url,
  });
  const names = {
    database: location.database,
    warehouse: location.warehouse,
    role: location.role,
    user: location.user,
    credits: 10,
    storage_role: 'arn:aws:iam::123456789012:role/tonearm-lake',
    lake,
  };
  const asAdministrator: StandIn['asAdministrator'] = async (work) => {
    const session = await openSnowflake(location, { role: 'ACCOUNTADMIN' });
    try {
      return await work(session.ask);
    } finally {
      await session.close();
    }
  };
  return {
    location,
    url,
    names,
    statements: async () => (await (await asked()).json()) as never,
    asAdministrator,
    setUp: () => asAdministrator((ask) => applySetup(ask, names)),
  };
}
