import { createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EventLog } from '../log/port.ts';

const fetchBytes = 4 * 1024 * 1024;

export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
}

/** Starts are kept by the log alone. @returns how many there were; without any there is no file. */
export async function writeStarts(log: EventLog, user: string, path: string): Promise<number> {
  let rows = 0;
  async function* lines() {
    yield '[';
    for (const { partition, earliest, latest } of await log.offsets(['starts'])) {
      for (let offset = earliest; offset < latest; ) {
        const batch = await log.fetch('starts', partition, offset, fetchBytes);
        if (batch === undefined) break;
        for (let index = 0; index < batch.count; index += 1) {
          const event = startOf(batch.value(index), user);
          if (event === undefined) continue;
          yield `${rows === 0 ? '\n' : ',\n'}${JSON.stringify(event)}`;
          rows += 1;
        }
        offset = batch.nextOffset;
      }
    }
    yield '\n]\n';
  }
  await pipeline(Readable.from(lines()), createWriteStream(path, { mode: 0o600 }));
  if (rows === 0) await rm(path, { force: true });
  return rows;
}

function startOf(value: Uint8Array | null, user: string): unknown {
  if (value === null) return undefined;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  try {
    const event = JSON.parse(bytes.toString('utf8')) as { user_id?: unknown } | null;
    return event?.user_id === user ? event : undefined;
  } catch {
    return undefined;
  }
}
