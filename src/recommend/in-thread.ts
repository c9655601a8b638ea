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
  const result = recommendOnPlatform(workerData as PlatformTask);
  // Moved, not copied: lists and models of many listeners take hundreds of megabytes.
  parentPort.postMessage(result, [...buffersOf(result)]);
}

function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) buffersOf(part, found);
  }
  return found;
}
