import type { DuckDBConnection } from '../duckdb.ts';
import type { Producer } from '../log/port.ts';
import { deadLetter, stageDeadLetters } from './dead-letters.ts';
import type { ForgottenListeners } from './forgotten.ts';
import type { Lake } from './index.ts';
import { positionId } from './position.ts';
import type { PositionChange } from './sink-positions.ts';
import type { RefusedRecord, Spool } from './spool.ts';

/** What it takes to store letters. */
export interface DeadLetterParts {
  readonly lake: Lake;
  readonly connection: DuckDBConnection;
  readonly producer: Producer;
  readonly staging: string;
  readonly clock: () => number;
  readonly forgotten: Pick<ForgottenListeners, 'entries'>;
}

/**
 * Stores the refused records of a spool, before its rows are committed. After a crash in between, the
 * range is read again and the position kept beside the letters tells which are there already.
 * @returns the letters stored and the positions stored with them; undefined when there were none.
 */
export async function storeDeadLetters(
  { lake, connection, producer, staging, clock, forgotten }: DeadLetterParts,
  spool: Spool,
  refused: readonly RefusedRecord[],
): Promise<{ letters: number; transactions: PositionChange['transactions'] } | undefined> {
  const { topic } = spool;
  const table = lake.tables.dead_letters;
  const known = (partition: number) =>
    table.log.state.transactions.get(positionId(topic, partition))?.version;
  const fresh = refused
    .filter((record) => record.offset >= (known(record.partition) ?? 0))
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  if (fresh.length === 0) return undefined;
  const letters = fresh.map(deadLetter);
  for (const [index, letter] of letters.entries()) {
    const { offset, receivedAt } = fresh[index]!;
    const source = `${topic}/${letter.origin_partition}`;
    await producer.send('dead_letters', {
      key: source,
      value: JSON.stringify(letter),
      timestamp: receivedAt,
      sequence: { source, number: offset },
    });
  }
  await producer.flush();
  const change: PositionChange = { transactions: {}, expected: {} };
  for (const [partition, { next }] of spool.ranges) {
    const id = positionId(topic, partition);
    const before = known(partition);
    change.transactions[id] = Math.max(next, before ?? 0);
    change.expected[id] = before;
  }
  const files = await stageDeadLetters(connection, letters, staging, clock());
  await table.append({ files, ...change, forgotten: forgotten.entries });
  return { letters: letters.length, transactions: change.transactions };
}
