import { type EventTopic, eventTopics, lakeTopics } from '../../contracts/index.ts';
import type { EventLog, PartitionOffsets, RecordBatch } from '../log/port.ts';
import type { LakeTableState } from './lake-state.ts';

export interface LogState {
  readonly partitions: readonly PartitionOffsets[];
  /** When the log received its newest listening event, ms since the epoch. */
  readonly lastReceivedAt: number | undefined;
  /** Records that the lake has not stored yet; undefined when the lake's positions are not known. */
  readonly waiting: number | undefined;
  /** When the oldest of those came into the log, ms since the epoch, whenever it was received before. */
  readonly oldestWaitingAt: number | undefined;
}

/**
 * Reads the ends of the log and compares them with what the lake has stored.
 * @param tables the lake's tables with their positions, when they are known.
 */
export async function readLogState(
  log: EventLog,
  tables: readonly LakeTableState[] | undefined,
): Promise<LogState> {
  const partitions = await log.offsets();
  const events = partitions.filter(
    ({ topic, latest, earliest }) =>
      (eventTopics as readonly string[]).includes(topic) && latest > earliest,
  );
  const newest = await timestamps(
    log,
    events.map((range) => ({ ...range, offset: range.latest - 1 })),
    (batch) => batch.timestamp(0),
  );
  const stored = new Map(
    tables?.flatMap(({ positions }) =>
      positions.map(({ topic, partition, nextOffset }) => [`${topic}/${partition}`, nextOffset]),
    ),
  );
  // Topics that the lake does not keep have nothing to wait for: their position is stored now and then.
  const kept = events.filter(({ topic }) => (lakeTopics as readonly string[]).includes(topic));
  const behind = kept.flatMap((range) => {
    const position = stored.get(`${range.topic}/${range.partition}`) ?? range.earliest;
    const offset = Math.max(position, range.earliest);
    return offset < range.latest ? [{ ...range, offset }] : [];
  });
  const oldest =
    tables === undefined ? [] : await timestamps(log, behind, (batch) => batch.appendedAt(0));
  return {
    partitions,
    lastReceivedAt: newest.length === 0 ? undefined : Math.max(...newest),
    waiting:
      tables === undefined
        ? undefined
        : behind.reduce((sum, { latest, offset }) => sum + latest - offset, 0),
    oldestWaitingAt: oldest.length === 0 ? undefined : Math.min(...oldest),
  };
}

/** A time of single records; those that are gone meanwhile are left out. */
async function timestamps(
  log: EventLog,
  places: readonly {
    topic: PartitionOffsets['topic'] | EventTopic;
    partition: number;
    offset: number;
  }[],
  timeOf: (batch: RecordBatch) => number,
): Promise<number[]> {
  const times: number[] = [];
  for (const { topic, partition, offset } of places) {
    const batch = await log.fetch(topic, partition, offset, 1);
    if (batch !== undefined && batch.count > 0) times.push(timeOf(batch));
  }
  return times;
}
