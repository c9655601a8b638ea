import { spawn } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TonearmError } from '../errors.ts';

/**
 * Runs a program to its end.
 * @returns its standard output.
 * @throws TonearmError TNA_SERVICE_PROGRAM_MISSING, TNA_SERVICE_INSTALL_FAILED with the last lines it printed.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { install: string; signal?: AbortSignal },
): Promise<string> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  });
  let output = '';
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    printed = (printed + text).slice(-4000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') reject(error);
      else {
        reject(
          new TonearmError('TNA_SERVICE_PROGRAM_MISSING', `${program} is not installed.`, {
            cause: error,
            remedy: options.install,
          }),
        );
      }
    });
    child.once('close', resolve);
  });
  if (code === 0) return output;
  const last = printed.trim().split('\n').slice(-5).join(' | ');
  throw new TonearmError(
    'TNA_SERVICE_INSTALL_FAILED',
    `${program} ended with exit code ${code}: ${last}.`,
    {
      remedy: `Read what ${program} says; it downloads from the network, so a mirror or proxy of yours must be set for it.`,
    },
  );
}

/**
 * Makes a folder of the cache whole or not at all: it is filled beside its place, then moved there.
 * Where another process was first, its result stays.
 */
export async function installOnce(
  directory: string,
  fill: (partial: string) => Promise<void>,
): Promise<void> {
  const partial = `${directory}.partial-${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(partial);
  try {
    await fill(partial);
    await rename(partial, directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
