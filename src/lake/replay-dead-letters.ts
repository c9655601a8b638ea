import type { EventLog } from '../log/port.ts';
import { findBreach } from './contract-breach.ts';
import { namesIn } from './erased-records.ts';
import { ForgottenListeners } from './forgotten.ts';
import type { Lake } from './index.ts';
import {
  type DeadLetterFilter,
  openDeadLetters,
  type StoredDeadLetter,
} from './read-dead-letters.ts';
import { recordReplays } from './replay-records.ts';

/** Letters sent between two records of what was sent. */
const lettersAtOnce = 1000;

export interface ReplayOptions {
  readonly lake: Lake;
  readonly log: EventLog;
  readonly clock: () => number;
  readonly filter: Omit<DeadLetterFilter, 'state'>;
  /** Only look. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface ReplayResult {
  /** Letters that waited and fit the filter. */
  readonly looked_at: number;
  /** Of these: keep their contract now; were sent again, unless it was a dry run. By topic. */
  readonly replayed: Record<string, number>;
  /** Of these: still break it, or belong to somebody who was erased. Code now → letters. */
  readonly refused: Record<string, number>;
}

/**
 * Gives letters a second try: what keeps its contract now goes to its topic once, with its key, and is
 * remembered as replayed. The letter itself stays: it says what became of the offset it came from.
 *
 * A crash between sending and remembering is made up for by the log, which knows what this producer has
 * sent for each letter; where it does not (see `OutgoingRecord.sequence`), silver leaves the copy out by its `event_id`.
 */
export async function replayDeadLetters(options: ReplayOptions): Promise<ReplayResult> {
  const { lake, log, filter, signal } = options;
  const letters = await openDeadLetters(lake);
  const forgotten = await ForgottenListeners.open(lake.store);
  const result = { looked_at: 0, replayed: {}, refused: {} } as ReplayResult & {
    looked_at: number;
  };
  const producer = options.dryRun ? undefined : await log.producer({ id: 'replay' });
  let sent: string[] = [];
  const remember = async () => {
    if (sent.length === 0 || producer === undefined) return;
    await producer.flush();
    await recordReplays(lake.store, sent, new Date(options.clock()).toISOString());
    sent = [];
  };
  try {
    for await (const rows of letters.all({ ...filter, state: 'waiting' })) {
      if (signal?.aborted) break;
      // Somebody may be erased while letters are on their way.
      await forgotten.refresh();
      for (const letter of rows) {
        result.looked_at += 1;
        const value = bytesOf(letter);
        if (isOfForgotten(forgotten, letter.origin_key, value)) {
          result.refused.TNA_LISTENER_FORGOTTEN = (result.refused.TNA_LISTENER_FORGOTTEN ?? 0) + 1;
          continue;
        }
        const breach = findBreach(letter.origin_topic, value);
        if (breach !== undefined) {
          result.refused[breach.code] = (result.refused[breach.code] ?? 0) + 1;
          continue;
        }
        result.replayed[letter.origin_topic] = (result.replayed[letter.origin_topic] ?? 0) + 1;
        await producer?.send(letter.origin_topic, {
          key: letter.origin_key,
          value,
          sequence: { source: letter.dead_letter_id, number: 1 },
        });
        sent.push(letter.dead_letter_id);
        if (sent.length >= lettersAtOnce) await remember();
      }
    }
    await remember();
    return result;
  } finally {
    await producer?.close();
    letters.close();
  }
}

const isOfForgotten = (
  forgotten: ForgottenListeners,
  key: string | null,
  value: Uint8Array | null,
): boolean => !forgotten.isEmpty && namesIn(key, value).some((name) => forgotten.has(name));

/** The record's value as it came. */
function bytesOf({ raw, raw_encoding: encoding }: StoredDeadLetter): Uint8Array | null {
  return encoding === 'null' ? null : Buffer.from(raw, encoding === 'base64' ? 'base64' : 'utf8');
}
