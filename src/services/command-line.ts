import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The command line of a living process; undefined when there is none with that pid, or only its remains. */
export async function commandLine(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch {
    return undefined;
  }
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (line !== undefined) return line === '' ? undefined : line.replaceAll('\u0000', ' ');
  // No /proc, as on macOS.
  const listed = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(
    () => ({ stdout: '' }),
  );
  return listed.stdout.trim() === '' ? undefined : listed.stdout;
}
