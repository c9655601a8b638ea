import { randomUUID } from 'node:crypto';
import { TonearmError } from '../errors.ts';
import type { Store } from './store.ts';

const racers = 16;
/** The first round also opens the connections, so that the second is closer to a race. */
const rounds = 2;

/**
 * Proves that a store honours put-if-absent: a second write of a key must lose, and of many at once
 * exactly one must win. Some servers accept the condition and ignore it, or check it without a lock.
 * @throws TonearmError TNA_LAKE_NOT_ATOMIC
 */
export async function proveAtomic(store: Store): Promise<void> {
  const key = `_probe/${randomUUID()}`;
  const written = new Set<string>();
  const write = (kind: string, number: number) => {
    written.add(`${key}-${kind}`);
    return store.putIfAbsent(`${key}-${kind}`, Buffer.from(String(number)));
  };
  try {
    const isTaken = (await write('twice', 1)) && !(await write('twice', 2));
    if (!isTaken) throw notAtomic(store, 'a key that exists was written again');
    for (let round = 1; round <= rounds; round += 1) {
      const outcomes = await Promise.all(
        Array.from({ length: racers }, (_, number) => write(`race-${round}`, number)),
      );
      const winners = outcomes.filter(Boolean).length;
      if (winners !== 1) {
        throw notAtomic(
          store,
          `of ${racers} writers of one key, ${winners} were told that they won`,
        );
      }
    }
  } finally {
    await Promise.all([...written].map((name) => store.delete(name)));
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
