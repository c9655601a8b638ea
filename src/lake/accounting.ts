import { lakeTopics } from '../../contracts/index.ts';
import { literal, openDuckDb } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import type { EventLog } from '../log/port.ts';
import type { Lake } from './index.ts';
import { positionId } from './sink.ts';
import { rowsOf } from './table-state.ts';

/**
 * Checks that every record which the sink has read is accounted for: stored in its table, or
 * refused with a reason. Offsets may have holes, so a topic may hold fewer rows than offsets
 * went by, never more; on a log whose first record is still there, exactly as many.
 * @throws TonearmError TNA_LAKE_ROWS_DIFFER
 */
export async function reconcile(
  log: EventLog,
  lake: Lake,
): Promise<{ offsets: number; stored: number; refused: number }> {
  const refused = await refusedByTopic(lake);
  const totals = { offsets: 0, stored: 0, refused: 0 };
  const ranges = await log.offsets(lakeTopics);
  for (const topic of lakeTopics) {
    const { state } = lake.tables[topic].log;
    let offsets = 0;
    let complete = true;
    for (const range of ranges.filter((one) => one.topic === topic)) {
      const position = state.transactions.get(positionId(topic, range.partition))?.version ?? 0;
      offsets += position;
      if (range.earliest > 0) complete = false;
    }
    let stored = 0;
    for (const file of state.files.values()) stored += rowsOf(file);
    const letters = refused.get(topic) ?? 0;
    const accounted = stored + letters;
    if (accounted > offsets || (complete && accounted < offsets)) {
      throw new TonearmError(
        'TNA_LAKE_ROWS_DIFFER',
        `${topic}: ${offsets} records were read from the log, but ${stored} rows and ${letters} dead letters are in the lake.`,
        { remedy: 'Nothing was published. Check the lake with ./tonearm doctor.' },
      );
    }
    totals.offsets += offsets;
    totals.stored += stored;
    totals.refused += letters;
  }
  return totals;
}

async function refusedByTopic(lake: Lake): Promise<Map<string, number>> {
  const table = lake.tables.dead_letters;
  const paths = [...table.log.state.files.keys()].map((path) =>
    table.store.location(table.key(path)),
  );
  if (paths.length === 0) return new Map();
  const database = await openDuckDb({ threads: '1' });
  try {
    const reader = await database.connection.runAndReadAll(
      `select origin_topic, count(*) from read_parquet([${paths.map(literal).join(', ')}]) group by all`,
    );
    return new Map(reader.getRows().map(([topic, rows]) => [String(topic), Number(rows)]));
  } finally {
    database.close();
  }
}
