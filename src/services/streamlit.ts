import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makePythonEnvironment, streamlitPython } from '../../scripts/python-environment.mjs';
import type { Config } from '../config.ts';
import { makeDirectory } from '../disk-errors.ts';
import { TonearmError } from '../errors.ts';
import { freePorts } from './free-port.ts';
import { livingPid, readRecord, startDetached, stopService } from './service.ts';

/** Imports and one drawing of every page: 5 to 10 s on a quiet machine of two cores. */
const startTimeoutMs = 3 * 60_000;
const launcher = fileURLToPath(new URL('../../dashboards/streamlit/launch.py', import.meta.url));

export interface StreamlitService {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
  /** Stops it in order. */
  stop(): Promise<void>;
}

type StreamlitConfig = Pick<Config, 'host' | 'port' | 'martsDirectory' | 'apiUrl' | 'apiToken'>;

/** How to run the dashboard in the foreground or beside. `folder` only marks the process. */
export function streamlitProgram(config: StreamlitConfig, port: number, folder: string) {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    program: streamlitPython,
    args: [launcher, String(port), folder],
    env: {
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUTF8: '1',
      TONEARM_API_URL: config.apiUrl ?? `http://${host}:${config.port}`,
      TONEARM_MARTS: config.martsDirectory,
      ...(config.apiToken === undefined ? {} : { TONEARM_TOKEN: config.apiToken }),
    },
  };
}

/**
 * Makes the Python environment of the dashboard unless it is there.
 * @throws TonearmError TNA_SERVICE_INSTALL_FAILED
 */
export function prepareStreamlit(say: (line: string) => void): void {
  const problem = makePythonEnvironment(say, 'streamlit');
  if (problem !== undefined) throw new TonearmError('TNA_SERVICE_INSTALL_FAILED', problem);
}

/** True when the dashboard on a port takes visitors. */
export async function streamlitAnswers(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/_stcore/health`, {
    signal: AbortSignal.timeout(2000),
  });
  return response.ok;
}

/** Resolves when the dashboard takes visitors. */
export async function untilStreamlitAnswers(port: number, signal: AbortSignal): Promise<void> {
  while (!(await streamlitAnswers(port).catch(() => false)))
    await delay(100, undefined, { signal });
}

/**
 * Starts the Streamlit dashboard on loopback, or finds the one that already runs there. It outlives this
 * process: call `stop`.
 * @throws TonearmError TNA_SERVICE_INSTALL_FAILED, TNA_SERVICE_START_FAILED
 */
export async function startStreamlit(options: {
  /** Absolute folder of its record and log. */
  directory: string;
  config: StreamlitConfig;
  say?: (line: string) => void;
}): Promise<StreamlitService> {
  const { directory, config, say = () => undefined } = options;
  const found = await findStreamlit(directory);
  if (found !== undefined) return found;
  prepareStreamlit(say);
  const ports = (await readRecord(directory))?.ports ?? (await freePorts(1));
  makeDirectory(directory);
  say(`Starting Streamlit on 127.0.0.1:${ports[0]} …`);
  const { program, args, env } = streamlitProgram(config, ports[0]!, directory);
  const pid = await startDetached({
    name: 'Streamlit',
    directory,
    record: { ports },
    program,
    args,
    env,
    isHealthy: () => streamlitAnswers(ports[0]!),
    timeoutMs: startTimeoutMs,
  });
  return describeStreamlit(directory, ports[0]!, pid);
}

/** The dashboard of a folder when it runs and answers. */
export async function findStreamlit(directory: string): Promise<StreamlitService | undefined> {
  const pid = await livingPid(directory);
  const record = await readRecord(directory);
  if (pid === undefined || record === undefined) return undefined;
  if (!(await streamlitAnswers(record.ports[0]!).catch(() => false))) return undefined;
  return describeStreamlit(directory, record.ports[0]!, pid);
}

const describeStreamlit = (directory: string, port: number, pid: number): StreamlitService => ({
  url: `http://127.0.0.1:${port}`,
  port,
  pid,
  env: {},
  stop: async () => {
    await stopService(directory);
  },
});
