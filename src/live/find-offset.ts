import type { EventLog, PartitionOffsets } from '../log/port.ts';

/**
 * First offset of a partition whose record the log received at `since` or later, found by
 * bisection. It takes the records to be in order of receipt; where a backfill has put older
 * ones in between, the answer may lie a little early or late.
 * @param since ms since the epoch.
 */
export async function findOffset(
  log: EventLog,
  range: PartitionOffsets,
  since: number,
): Promise<number> {
  let low = range.earliest;
  let high = range.latest;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const batch = await log.fetch(range.topic, range.partition, middle, 1);
    if (batch === undefined || batch.count === 0 || batch.offset(0) >= high) {
      high = middle;
    } else if (batch.timestamp(0) >= since) {
      high = middle;
    } else {
      low = batch.offset(0) + 1;
      for (let index = 1; index < batch.count; index += 1) {
        if (batch.timestamp(index) >= since) return batch.offset(index);
        low = batch.offset(index) + 1;
      }
    }
  }
  return low;
}
