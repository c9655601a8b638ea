/**
 * The log: topics of partitions of records, written by sources and read by the sink and the
 * live view. `port.ts` says what a log does; `embedded.ts` does it in one SQLite file, and
 * `kafka.ts` on Apache Kafka.
 */
import type { Config } from '../config.ts';
import { EmbeddedLog } from './embedded.ts';
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
  const log = await logAt(location, options);
  try {
    await log.prepare();
  } catch (error) {
    await log.close();
    throw error;
  }
  return log;
}

async function logAt(
  location: Config['log'],
  { clock = Date.now, outageMs }: { clock?: () => number; outageMs?: number },
): Promise<EventLog> {
  if (location.kind === 'file') return new EmbeddedLog(location.directory, clock);
  // Kafka's client takes a third of a second to load.
  const { KafkaLog } = await import('./kafka/kafka-log.ts');
  return new KafkaLog(location, { clock, outageMs });
}
