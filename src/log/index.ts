/**
 * The log: topics of partitions of records, written by sources and read by the sink and the
 * live view. `port.ts` says what a log does; `embedded.ts` does it in one SQLite file, and
 * `kafka.ts` on Apache Kafka.
 */
import type { Config } from '../config.ts';
import { EmbeddedLog } from './embedded.ts';
import { KafkaLog } from './kafka/kafka-log.ts';
import type { EventLog } from './port.ts';

export type { EventLog, OutgoingRecord, Producer, RecordBatch } from './port.ts';

/**
 * Opens the log and creates its topics where they are missing.
 * @throws TonearmError TNA_DATA_DIRECTORY_UNWRITABLE, TNA_DISK_FULL, TNA_LOG_CORRUPT, TNA_LOG_NEWER,
 *   TNA_LOG_UNREACHABLE, TNA_LOG_DENIED
 */
export async function openLog(
  location: Config['log'],
  options: { clock?: () => number; outageMs?: number } = {},
): Promise<EventLog> {
  const clock = options.clock ?? Date.now;
  const log =
    location.kind === 'kafka'
      ? new KafkaLog(location, { clock, outageMs: options.outageMs })
      : new EmbeddedLog(location.directory, clock);
  try {
    await log.prepare();
  } catch (error) {
    await log.close();
    throw error;
  }
  return log;
}
