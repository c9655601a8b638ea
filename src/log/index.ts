/**
 * The log: topics of partitions of records, written by sources and read by the sink and the
 * live view. `port.ts` says what a log does; `embedded.ts` does it in one SQLite file.
 */
import type { Config } from '../config.ts';
import { EmbeddedLog } from './embedded.ts';
import type { EventLog } from './port.ts';

export type { EventLog, OutgoingRecord, Producer, RecordBatch } from './port.ts';

/**
 * Opens the log and creates its topics where they are missing.
 * @throws TonearmError TNA_DATA_DIRECTORY_UNWRITABLE, TNA_DISK_FULL, TNA_LOG_CORRUPT, TNA_LOG_NEWER
 */
export async function openLog(
  location: Config['log'],
  options: { clock?: () => number } = {},
): Promise<EventLog> {
  const log = new EmbeddedLog(location.directory, options.clock ?? Date.now);
  await log.prepare();
  return log;
}
