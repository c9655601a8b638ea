import { type EventTopic, eventTopics, type TopicName, topics } from '../../contracts/index.ts';
import type { Config } from '../config.ts';
import { findBreach } from '../lake/contract-breach.ts';
import type { Lake } from '../lake/index.ts';
import { positionId, positionTable } from '../lake/position.ts';
import { Sink } from '../lake/sink.ts';
import { sinkGroup } from '../lake/sink-group.ts';
import type { EventLog } from '../log/port.ts';
import type { IdSearch } from './id-search.ts';

const waitAtMostMs = 60_000;
const lookAgainMs = 500;
const fetchBytes = 4 * 1024 * 1024;

/**
 * Up to where the log's records are stored in the lake, so that Kafka may let go of what lies before. Where no sink is
 * at work, one runs here until it has caught up. Topics that the lake does not keep are for the moment only.
 */
export async function readUpTo(options: {
  config: Config;
  log: EventLog;
  lake: Lake;
  clock: () => number;
  wait: (ms: number) => Promise<unknown>;
}): Promise<(topic: TopicName, partition: number) => number> {
  const { config, log, lake, clock, wait } = options;
  // The embedded log replaces records where they stand, read or not.
  if (config.log.kind === 'kafka') {
    const group = sinkGroup(lake.store, config.flushMs);
    await group.beat();
    const isAlone = group.members.length === 1;
    await group.leave();
    if (isAlone) {
      await new Sink({
        config,
        log,
        lake,
        clock,
        group: sinkGroup(lake.store, config.flushMs),
        untilIdle: true,
      }).run();
    }
    const ends = await log.offsets(eventTopics);
    const until = clock() + waitAtMostMs;
    for (;;) {
      await lake.refresh();
      const behind = ends.filter(
        ({ topic, partition, latest }) => storedUpTo(lake, topic, partition) < latest,
      );
      if (behind.length === 0 || clock() > until) break;
      await wait(lookAgainMs);
    }
  }
  await lake.refresh();
  return (topic, partition) => storedUpTo(lake, topic, partition);
}

/**
 * Records of the log with the listener's key that break their contract, as the ids of their dead letters: a letter
 * need not hold the key.
 */
export async function refusedRecords(log: EventLog, search: IdSearch): Promise<string[]> {
  const ids: string[] = [];
  for (const { topic, partition, earliest, latest } of await log.offsets(eventTopics)) {
    for (let offset = earliest; offset < latest; ) {
      const batch = await log.fetch(topic, partition, offset, fetchBytes);
      if (batch === undefined) break;
      for (let index = 0; index < batch.count; index += 1) {
        if (batch.key(index) !== search.id) continue;
        if (findBreach(topic as EventTopic, batch.value(index)) === undefined) continue;
        ids.push(`${topic}/${partition}/${batch.offset(index)}`);
      }
      offset = batch.nextOffset;
    }
  }
  return ids;
}

function storedUpTo(lake: Lake, topic: TopicName, partition: number): number {
  if (!topics[topic].lake) return Number.POSITIVE_INFINITY;
  const { transactions } = lake.tables[positionTable(topic as EventTopic)].log.state;
  return transactions.get(positionId(topic as EventTopic, partition))?.version ?? 0;
}
