/** The lock that whoever runs the pipeline on a data directory holds. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from './config.ts';
import { TonearmError } from './errors.ts';
import { lockHolder, type ProcessLock, tryLock } from './process-lock.ts';

const lookAgainMs = 200;

/**
 * Takes the lock, or waits for it as long as was asked.
 * @param holder who takes it, for the sentence that others get.
 * @throws TonearmError TNA_PIPELINE_BUSY
 */
export async function lockPipeline(
  { dataDirectory }: Pick<Config, 'dataDirectory'>,
  holder: string,
  { waitMs = 0, signal }: { waitMs?: number; signal?: AbortSignal } = {},
): Promise<ProcessLock> {
  const path = pipelineLockPath(dataDirectory);
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = tryLock(path, holder);
    if (lock !== undefined) return lock;
    if (performance.now() >= deadline || signal?.aborted) {
      const known = lockHolder(path);
      throw new TonearmError(
        'TNA_PIPELINE_BUSY',
        `Another run of the pipeline is under way${known === undefined ? '' : ` (${known})`}.`,
        { remedy: 'Try again when it has ended, or wait for it with --wait SECONDS.' },
      );
    }
    await delay(lookAgainMs, undefined, { signal }).catch(() => undefined);
  }
}

export const pipelineLockPath = (dataDirectory: string): string =>
  join(dataDirectory, 'run', 'pipeline.lock');
