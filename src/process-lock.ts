import { open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asDiskError, makeDirectory } from './disk-errors.ts';

export interface ProcessLock {
  release(): Promise<void>;
}

/**
 * Takes a lock that one process on this machine can hold. Undefined when a living process has it;
 * the lock of a dead one is taken over.
 */
export async function tryLock(path: string): Promise<ProcessLock | undefined> {
  await makeDirectory(dirname(path));
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const handle = await open(path, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return { release: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asDiskError(error, path);
    }
    if (await isHeld(path)) return undefined;
    await rm(path, { force: true });
  }
  return undefined;
}

async function isHeld(path: string): Promise<boolean> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
