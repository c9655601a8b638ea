import { randomUUID } from 'node:crypto';
import { TonearmError } from '../errors.ts';
import type { Store } from './store.ts';

const racers = 16;

/**
 * Proves that a store honours put-if-absent: a second write of a key must lose, and of many at once
 * exactly one must win. Some servers accept the condition and ignore it, or check it without a lock.
 * @throws TonearmError TNA_LAKE_NOT_ATOMIC
 */
export async function proveAtomic(store: Store): Promise<void> {
  const key = `_probe/${randomUUID()}`;
  const write = (kind: string, number: number) =>
    store.putIfAbsent(`${key}-${kind}`, Buffer.from(String(number)));
  try {
    const isTaken = (await write('twice', 1)) && !(await write('twice', 2));
    if (!isTaken) throw notAtomic(store, 'a key that exists was written again');
    const outcomes = await Promise.all(
      Array.from({ length: racers }, (_, number) => write('race', number)),
    );
    const winners = outcomes.filter(Boolean).length;
    if (winners !== 1) {
      throw notAtomic(store, `of ${racers} writers of one key, ${winners} were told that they won`);
    }
  } finally {
    await Promise.all(['twice', 'race'].map((kind) => store.delete(`${key}-${kind}`)));
  }
}

const notAtomic = (store: Store, how: string): TonearmError =>
  new TonearmError(
    'TNA_LAKE_NOT_ATOMIC',
    `The store at ${store.location('')} does not honour put-if-absent: ${how}.`,
    {
      remedy:
        'Use AWS S3, another server that honours If-None-Match, or a file system with hard links: commits would not be safe here.',
    },
  );
