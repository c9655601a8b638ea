import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { airflowPython, makePythonEnvironment } from '../../scripts/python-environment.mjs';
import type { Config } from '../config.ts';
import { makeDirectory } from '../disk-errors.ts';
import { TonearmError } from '../errors.ts';
import { warehousePool } from '../pipeline-schedules.ts';
import { freePorts } from './free-port.ts';
import { livingPid, readRecord, startDetached, stopService } from './service.ts';

/** Four processes that import Airflow: 42 to 79 s on a quiet machine of two cores. */
const startTimeoutMs = 8 * 60_000;
const user = 'admin';
const project = fileURLToPath(new URL('../../airflow', import.meta.url));
const launcher = fileURLToPath(new URL('./airflow_standalone.py', import.meta.url));

export interface AirflowService {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly user: string;
  readonly password: string;
  readonly env: Readonly<Record<string, string>>;
  /** Stops it in order; its metadata stay. */
  stop(): Promise<void>;
}

export interface AirflowServiceOptions {
  /** Absolute folder of its metadata, settings and logs; made when missing, used again when there. */
  readonly directory: string;
  /** Whose data its tasks work on. */
  readonly config: Pick<Config, 'dataDirectory' | 'airflowDatabase'>;
  /** DAGs wait until somebody switches them on. */
  readonly paused?: boolean;
  /** Further settings of Airflow and its tasks. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}

/**
 * Starts Airflow 3 (API server, scheduler, DAG processor, triggerer; LocalExecutor) on loopback with the DAGs
 * of this repository, or finds the one that already runs there. It outlives this process: call `stop`. The
 * first start installs it from the lock file, chooses a free port and a password, and makes the metadata.
 * @throws TonearmError TNA_SERVICE_INSTALL_FAILED, TNA_SERVICE_START_FAILED
 */
export async function startAirflow(options: AirflowServiceOptions): Promise<AirflowService> {
  const { directory, say } = options;
  const problem = makePythonEnvironment(say ?? (() => undefined), 'airflow');
  if (problem !== undefined) throw new TonearmError('TNA_SERVICE_INSTALL_FAILED', problem);
  const remembered = await readRecord(directory);
  const ports = remembered?.ports ?? (await freePorts(1));
  const secret = remembered?.secret ?? randomBytes(18).toString('base64url');
  const living = await livingPid(directory);
  if (living !== undefined) return describeAirflow(directory, ports[0]!, secret, living);
  makeDirectory(directory);
  await writePrivately(join(directory, 'passwords.json'), { [user]: secret });
  await writePrivately(join(directory, 'settings.json'), settingsOf(options, ports[0]!));
  say?.(`Starting Airflow on 127.0.0.1:${ports[0]} (a minute or two) …`);
  const pid = await startDetached({
    name: 'Airflow',
    directory,
    record: { ports, secret },
    program: airflowPython,
    args: [launcher, directory],
    isHealthy: () => answers(ports[0]!),
    timeoutMs: startTimeoutMs,
  });
  await makePool(ports[0]!, secret);
  return describeAirflow(directory, ports[0]!, secret, pid);
}

/** The Airflow of a folder when it runs and answers. */
export async function findAirflow(directory: string): Promise<AirflowService | undefined> {
  const pid = await livingPid(directory);
  const record = await readRecord(directory);
  if (pid === undefined || record?.secret === undefined) return undefined;
  if (!(await answers(record.ports[0]!).catch(() => false))) return undefined;
  return describeAirflow(directory, record.ports[0]!, record.secret, pid);
}

function describeAirflow(
  directory: string,
  port: number,
  password: string,
  pid: number,
): AirflowService {
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid,
    user,
    password,
    env: {},
    stop: async () => {
      await stopService(directory);
    },
  };
}

function settingsOf(options: AirflowServiceOptions, port: number): Record<string, string> {
  const { directory, config } = options;
  return {
    AIRFLOW_HOME: directory,
    AIRFLOW__CORE__DAGS_FOLDER: join(project, 'dags'),
    AIRFLOW__CORE__PLUGINS_FOLDER: join(project, 'plugins'),
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
    AIRFLOW__CORE__PARALLELISM: '4',
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: options.paused ? 'True' : 'False',
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `http://127.0.0.1:${port}/execution/`,
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS: `${user}:admin`,
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE: join(directory, 'passwords.json'),
    AIRFLOW__API__HOST: '127.0.0.1',
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__BASE_URL: `http://127.0.0.1:${port}`,
    AIRFLOW__API__WORKERS: '1',
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN:
      config.airflowDatabase ?? `sqlite:///${join(directory, 'airflow.db')}`,
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    PYTHONDONTWRITEBYTECODE: '1',
    TONEARM_DATA: config.dataDirectory,
    ...options.settings,
  };
}

/** For its owner alone: it may hold the password of a database. */
const writePrivately = (path: string, value: unknown) =>
  writeFile(path, JSON.stringify(value, null, 2), { mode: 0o600 });

/** True when the API answers and the scheduler and the DAG processor have told that they live. */
async function answers(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v2/monitor/health`, {
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) return false;
  const health = (await response.json()) as Record<string, { status: string | null }>;
  return ['metadatabase', 'scheduler', 'dag_processor'].every(
    (name) => health[name]?.status === 'healthy',
  );
}

/** A session with the REST API. */
export async function signIn(port: number, password: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: user, password }),
  });
  const { access_token } = (await response.json()) as { access_token?: string };
  if (access_token !== undefined) return access_token;
  throw new TonearmError(
    'TNA_SERVICE_START_FAILED',
    `Airflow does not let ${user} in (${response.status}).`,
    { remedy: 'Stop it with ./tonearm services down airflow, then start it again.' },
  );
}

/** Without its pool a task waits for ever. */
async function makePool(port: number, password: string): Promise<void> {
  const headers = {
    authorization: `Bearer ${await signIn(port, password)}`,
    'content-type': 'application/json',
  };
  for (let tries = 0; ; tries += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/api/v2/pools`, {
      method: 'POST',
      headers,
      body: JSON.stringify(warehousePool),
    });
    // 409: it is there.
    if (response.ok || response.status === 409) return;
    if (tries >= 5) {
      throw new TonearmError(
        'TNA_SERVICE_START_FAILED',
        `Airflow does not make the pool ${warehousePool.name} (${response.status}).`,
        { remedy: 'Make it in Airflow under Admin, Pools, with one slot.' },
      );
    }
    await delay(1000);
  }
}
