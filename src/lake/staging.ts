import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A path of its own in the staging directory; the name tells which process works there. */
export function stagingPath(directory: string, kind: string): string {
  return join(directory, `${kind}-${process.pid}-${randomUUID().slice(0, 8)}`);
}

/** Removes what processes that no longer run left in the staging directory. */
export async function clearStaging(directory: string): Promise<void> {
  const entries = await readdir(directory).catch(() => [] as string[]);
  for (const entry of entries) {
    const pid = Number(/^[a-z]+-(\d+)-/.exec(entry)?.[1]);
    const path = join(directory, entry);
    if (Number.isInteger(pid) && (!isRunning(pid) || (await isOfAnEarlierProcess(pid, path)))) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** In a container every start has the same process number: what is older than this process is not its own. */
async function isOfAnEarlierProcess(pid: number, path: string): Promise<boolean> {
  if (pid !== process.pid) return false;
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && stats.mtimeMs < Date.now() - process.uptime() * 1000 - 1000;
}

/** True when a process of this host runs, whoever's it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
