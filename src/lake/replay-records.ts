import { randomUUID } from 'node:crypto';
import type { Store } from './store.ts';

/** Beside the tables: readers of Delta tables never look here. */
const folder = '_replays';

/** Remembers that letters were sent again. One object a call, never changed afterwards. */
export async function recordReplays(
  store: Store,
  ids: readonly string[],
  replayedAt: string,
): Promise<void> {
  const name = `${replayedAt.replaceAll(/[-:.]/g, '')}-${randomUUID()}`;
  const body = JSON.stringify({ replayed_at: replayedAt, dead_letter_ids: ids });
  await store.putIfAbsent(`${folder}/${name}.json`, Buffer.from(body));
}

/** Letters that were sent again: id → when first, RFC 3339. */
export async function readReplays(store: Store): Promise<Map<string, string>> {
  const keys: string[] = [];
  for await (const { key } of store.list(`${folder}/`)) keys.push(key);
  const replays = new Map<string, string>();
  for (const key of keys.sort()) {
    const bytes = await store.get(key);
    if (bytes === undefined) continue;
    const record = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      replayed_at: string;
      dead_letter_ids: string[];
    };
    for (const id of record.dead_letter_ids) {
      if (!replays.has(id)) replays.set(id, record.replayed_at);
    }
  }
  return replays;
}
