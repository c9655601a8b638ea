/** Where events go: files under the data directory, or a collector over HTTP. */
import { appendFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { RunEvent } from './events.ts';

/** All files together stay below this; the oldest go first. */
const mostBytes = 100 * 1024 * 1024;
const requestMs = 5000;
/** A collector that did not answer is left alone for so long. */
const pauseMs = 60_000;

/** Takes events; never fails the work that they tell of. */
export interface LineageSender {
  send(events: readonly RunEvent[]): Promise<void>;
}

/**
 * The place that `TONEARM_LINEAGE` names; undefined when it is `off`. What a collector does not take is kept in
 * the files.
 * @param onProblem is told in one sentence what could not be delivered.
 */
export function openLineageSender(
  config: Pick<Config, 'openLineage'>,
  options: { clock: () => number; onProblem?: (sentence: string) => void },
): LineageSender | undefined {
  const { clock, onProblem = () => undefined } = options;
  const settings = config.openLineage;
  if (settings.kind === 'off') return undefined;
  const toFile = async (events: readonly RunEvent[]) => {
    try {
      await append(settings.directory, events, clock());
    } catch (error) {
      onProblem(`Lineage cannot be written to ${settings.directory}: ${String(error)}`);
    }
  };
  if (settings.kind === 'file') return { send: toFile };
  let awayUntil = 0;
  return {
    async send(events) {
      for (const [index, event] of events.entries()) {
        if (clock() < awayUntil) return await toFile(events.slice(index));
        const problem = await post(settings, event);
        if (problem === undefined) continue;
        awayUntil = clock() + pauseMs;
        onProblem(
          `${new URL(settings.url).host} does not take lineage (${problem}): it is kept in ${settings.directory}.`,
        );
        return await toFile(events.slice(index));
      }
    },
  };
}

/** @returns what went wrong, in a few words. */
async function post(
  { url, key }: { readonly url: string; readonly key: string | undefined },
  event: RunEvent,
): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(requestMs),
      redirect: 'error',
    });
    await response.body?.cancel();
    return response.ok ? undefined : `HTTP ${response.status}`;
  } catch (error) {
    const { cause, message } = error as Error;
    return cause instanceof Error ? cause.message : message;
  }
}

async function append(directory: string, events: readonly RunEvent[], now: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  const name = `${new Date(now).toISOString().slice(0, 13)}.ndjson`;
  const isNew = !(await readdir(directory)).includes(name);
  // One write, so that lines of several processes do not mix.
  await appendFile(
    join(directory, name),
    events.map((event) => `${JSON.stringify(event)}\n`).join(''),
  );
  if (isNew) await prune(directory, name);
}

async function prune(directory: string, current: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.ndjson')).sort();
  let bytes = 0;
  for (const name of names.reverse()) {
    const file = join(directory, name);
    bytes += await stat(file).then(
      ({ size }) => size,
      () => 0,
    );
    if (bytes > mostBytes && name !== current) await rm(file, { force: true });
  }
}
