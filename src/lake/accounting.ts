import { type EventTopic, lakeTopics } from '../../contracts/index.ts';
import { literal } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import type { EventLog } from '../log/port.ts';
import { erasedId } from './forgotten.ts';
import type { Lake } from './index.ts';
import { positionId } from './position.ts';
import { openReader } from './reader.ts';
import { rowsOf } from './table-state.ts';

/**
 * Checks that every record which the sink has read is accounted for: stored in its table, or
 * refused with a reason, or erased with its listener. Where offsets have holes a topic may hold fewer rows than offsets went by,
 * never more; on a log without, whose first record is still there, exactly as many.
 * @throws TonearmError TNA_LAKE_ROWS_DIFFER
 */
export async function reconcile(
  log: EventLog,
  lake: Lake,
): Promise<{ offsets: number; stored: number; refused: number; erased: number }> {
  // Dead letters are committed before the rows of the same range: read after the tables, they
  // hold every letter of what the tables have taken in, and perhaps some of what they have not yet.
  await lake.tables.dead_letters.log.refresh();
  const letterPlaces = await refusedByPartition(lake);
  const totals = { offsets: 0, stored: 0, refused: 0, erased: 0 };
  const letterState = lake.tables.dead_letters.log.state;
  const ranges = await log.offsets(lakeTopics);
  for (const topic of lakeTopics) {
    const { state } = lake.tables[topic].log;
    let offsets = 0;
    let letters = 0;
    let complete = log.contiguous;
    for (const range of ranges.filter((one) => one.topic === topic)) {
      const id = positionId(topic, range.partition);
      const position = state.transactions.get(id)?.version ?? 0;
      offsets += position;
      letters += (letterPlaces.get(id) ?? []).filter((offset) => offset < position).length;
      if (range.earliest > 0) complete = false;
    }
    let stored = 0;
    for (const file of state.files.values()) stored += rowsOf(file);
    const erased = state.transactions.get(erasedId(topic))?.version ?? 0;
    // Letters may have been erased that lie beyond what the topic's own table has taken in.
    const erasedLetters = letterState.transactions.get(erasedId(topic))?.version ?? 0;
    const accounted = stored + letters + erased;
    if (accounted > offsets || (complete && accounted + erasedLetters < offsets)) {
      throw new TonearmError(
        'TNA_LAKE_ROWS_DIFFER',
        `${topic}: ${offsets} records were read from the log, but ${stored} rows and ${letters} dead letters are in the lake, and ${erased + erasedLetters} were erased.`,
        { remedy: 'Nothing was published. Check the lake with ./tonearm doctor.' },
      );
    }
    totals.offsets += offsets;
    totals.stored += stored;
    totals.refused += letters;
    totals.erased += erased + erasedLetters;
  }
  return totals;
}

/** Offsets of the refused records by position id. */
async function refusedByPartition(lake: Lake): Promise<Map<string, number[]>> {
  const table = lake.tables.dead_letters;
  const paths = [...table.log.state.files.keys()].map((path) =>
    table.store.location(table.key(path)),
  );
  const places = new Map<string, number[]>();
  if (paths.length === 0) return places;
  const database = await openReader(lake.store, { threads: '1' });
  try {
    const reader = await database.connection.runAndReadAll(
      `select origin_topic, origin_partition, origin_offset from read_parquet([${paths.map(literal).join(', ')}])`,
    );
    for (const [topic, partition, offset] of reader.getRows()) {
      const id = positionId(topic as EventTopic, Number(partition));
      const offsets = places.get(id) ?? [];
      offsets.push(Number(offset));
      places.set(id, offsets);
    }
    return places;
  } finally {
    database.close();
  }
}
