import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type PlatformResult, type PlatformTask, recommendOnPlatform } from './daily-choice.ts';

/**
 * `recommendOnPlatform` in a thread of its own: it computes for seconds, and the caller must go on hearing
 * signals.
 * @throws the thread's error; the signal's reason when aborted.
 */
export async function recommendInThread(
  task: PlatformTask,
  signal: AbortSignal,
): Promise<PlatformResult> {
  signal.throwIfAborted();
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  try {
    const [result] = (await once(worker, 'message', { signal })) as [PlatformResult];
    return result;
  } finally {
    await worker.terminate();
  }
}

if (!isMainThread && parentPort !== null) {
  parentPort.postMessage(recommendOnPlatform(workerData as PlatformTask));
}
