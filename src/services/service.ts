import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectory } from '../disk-errors.ts';
import { TonearmError } from '../errors.ts';
import { commandLine } from './command-line.ts';

const pollMs = 100;
const stopGraceMs = 30_000;

/** What is remembered of a service between starts, in `<directory>/service.json` (readable by its owner only). */
export interface ServiceRecord {
  readonly ports: readonly number[];
  /** Secret of the service where it has one. */
  readonly secret?: string;
  /** The process, while it runs. */
  readonly pid?: number;
}

const recordPath = (directory: string) => join(directory, 'service.json');

export async function readRecord(directory: string): Promise<ServiceRecord | undefined> {
  const text = await readFile(recordPath(directory), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ServiceRecord);
}

export async function writeRecord(directory: string, record: ServiceRecord): Promise<void> {
  makeDirectory(directory);
  const path = recordPath(directory);
  await writeFile(`${path}.${process.pid}`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${path}.${process.pid}`, path);
}

/**
 * The pid of the service when its process lives. A pid that another program has got meanwhile
 * does not count: the command line of ours names the service's folder.
 */
export async function livingPid(directory: string): Promise<number | undefined> {
  const record = await readRecord(directory);
  if (record?.pid === undefined) return undefined;
  const line = await commandLine(record.pid);
  return line?.includes(directory) ? record.pid : undefined;
}

/**
 * Starts a program that outlives this one and waits until it is healthy. Its output goes to
 * `<directory>/server.log`.
 * @throws TonearmError TNA_SERVICE_START_FAILED with the last lines of that file.
 */
export async function startDetached(options: {
  name: string;
  directory: string;
  record: ServiceRecord;
  program: string;
  args: readonly string[];
  /** Its whole environment; that of this process when left out. */
  env?: Record<string, string>;
  /** Resolves true when the service answers. */
  isHealthy: () => Promise<boolean>;
  timeoutMs: number;
}): Promise<number> {
  const { name, directory } = options;
  const logPath = join(directory, 'server.log');
  const output = openSync(logPath, 'w');
  const child = spawn(options.program, options.args, {
    detached: true,
    stdio: ['ignore', output, output],
    cwd: directory,
    env: options.env,
  });
  closeSync(output);
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `it ended with ${signal ?? `exit code ${code}`}`;
  });
  child.unref();
  if (child.pid !== undefined) await writeRecord(directory, { ...options.record, pid: child.pid });
  const until = performance.now() + options.timeoutMs;
  while (ended === undefined && performance.now() < until) {
    if (await options.isHealthy().catch(() => false)) return child.pid!;
    await delay(pollMs);
  }
  child.kill('SIGKILL');
  const printed = await readFile(logPath, 'utf8').catch(() => '');
  const last = printed.trim().split('\n').slice(-3).join(' | ');
  throw new TonearmError(
    'TNA_SERVICE_START_FAILED',
    `${name} did not start: ${ended ?? `it did not answer within ${options.timeoutMs / 1000} s`}${last === '' ? '' : ` (${last})`}.`,
    { remedy: `Read ${logPath}; another program may have taken its port.` },
  );
}

/**
 * Stops a service by its pid, after making sure that the pid is its own.
 * @returns false when it was not running.
 */
export async function stopService(directory: string): Promise<boolean> {
  const pid = await livingPid(directory);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGTERM');
  const until = performance.now() + stopGraceMs;
  while ((await livingPid(directory)) !== undefined) {
    if (performance.now() > until) process.kill(pid, 'SIGKILL');
    await delay(pollMs);
  }
  const { pid: _gone, ...rest } = (await readRecord(directory))!;
  await writeRecord(directory, rest);
  return true;
}

/** Ends a service at once, as a crash would. For tests of what comes after. */
export async function killService(directory: string): Promise<void> {
  const pid = await livingPid(directory);
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  while ((await livingPid(directory)) !== undefined) await delay(20);
}
