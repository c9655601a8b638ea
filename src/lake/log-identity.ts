import { TonearmError } from '../errors.ts';
import type { EventLog } from '../log/port.ts';
import type { Store } from './store.ts';

const key = '_log/identity.json';

/**
 * Remembers in the lake which log it is filled from. Its positions mean nothing in another log: the first
 * records there would count as stored and be passed over.
 * @throws TonearmError TNA_SINK_OTHER_LOG
 */
export async function bindToLog(store: Store, log: EventLog): Promise<void> {
  const identity = await log.identity();
  const stored = (await store.get(key)) ?? (await claim(store, identity));
  const known = (JSON.parse(Buffer.from(stored).toString()) as { log: string }).log;
  if (known === identity) return;
  throw new TonearmError(
    'TNA_SINK_OTHER_LOG',
    `The lake is filled from the log ${known}, but TONEARM_LOG leads to ${identity}: its records would be taken for stored.`,
    {
      remedy:
        'Point TONEARM_LOG at the log that the lake follows, or choose a new lake with TONEARM_LAKE.',
      context: { known, identity },
    },
  );
}

/** The first sink of a lake says which log it is; of several at once, one does. */
async function claim(store: Store, identity: string): Promise<Uint8Array> {
  const own = Buffer.from(JSON.stringify({ log: identity }));
  if (await store.putIfAbsent(key, own)) return own;
  return (await store.get(key)) ?? own;
}
