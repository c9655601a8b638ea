import { type EventTopic, eventTopics, topics } from '../../contracts/index.ts';
import { TonearmError } from '../errors.ts';
import type { EventLog } from '../log/port.ts';
import type { Lake } from './index.ts';
import { positionId, positionTable } from './position.ts';
import type { SinkGroup } from './sink-group.ts';
import type { Spool } from './spool.ts';

/** Positions to store with a commit, and those that must still be stored when it lands; by position id. */
export interface PositionChange {
  readonly transactions: Record<string, number>;
  readonly expected: Record<string, number | undefined>;
}

/** How far a sink has read the partitions that are its own, and how far the lake has stored them. */
export class SinkPositions {
  readonly #log: EventLog;
  readonly #lake: Lake;
  readonly #group: SinkGroup;
  /** Next offset to read, by topic and partition. */
  readonly #next = new Map<EventTopic, Map<number, number>>();
  /** Next offset as the lake has stored it, by position id. */
  readonly #stored = new Map<string, number | undefined>();
  /** Next offset of topics without a table: sorted, but perhaps not stored yet; by position id. */
  readonly #sorted = new Map<string, number>();

  constructor(parts: { log: EventLog; lake: Lake; group: SinkGroup }) {
    this.#log = parts.log;
    this.#lake = parts.lake;
    this.#group = parts.group;
  }

  /**
   * Lets go of partitions that are no longer this sink's, and begins with new ones where the lake says.
   * @throws TonearmError TNA_SINK_OFFSETS_LOST, TNA_SINK_OTHER_LOG
   */
  async follow(): Promise<void> {
    let refreshed = false;
    const ranges = await this.#log.offsets(eventTopics);
    // Topics that the lake keeps come first: the others are only checked.
    ranges.sort((a, b) => Number(topics[b.topic].lake) - Number(topics[a.topic].lake));
    for (const range of ranges) {
      const topic = range.topic as EventTopic;
      const id = positionId(topic, range.partition);
      const partitions = this.#next.get(topic) ?? new Map<number, number>();
      this.#next.set(topic, partitions);
      if (!this.#group.owns(topic, range.partition)) {
        partitions.delete(range.partition);
        this.#sorted.delete(id);
        continue;
      }
      if (partitions.has(range.partition)) continue;
      if (!refreshed) await this.#lake.refresh();
      refreshed = true;
      const { transactions } = this.#lake.tables[positionTable(topic)].log.state;
      const stored = transactions.get(id)?.version;
      this.#stored.set(id, stored);
      // Nothing was stored yet, or the topic is not kept: there is nothing to miss.
      const mayMiss = stored === undefined || !topics[topic].lake;
      const position = stored ?? 0;
      if (position < range.earliest && !mayMiss) throw offsetsLost(topic, range, position);
      // Another sink may have stored what came in after the first look.
      if (position > range.latest) await this.#checkEnd(topic, range.partition, position);
      partitions.set(range.partition, Math.max(position, range.earliest));
    }
  }

  /** A log that ends before what the lake has stored has lost records, or is another one. */
  async #checkEnd(topic: EventTopic, partition: number, stored: number): Promise<void> {
    const ranges = await this.#log.offsets([topic]);
    const latest = ranges.find((range) => range.partition === partition)?.latest ?? 0;
    if (stored <= latest) return;
    throw new TonearmError(
      'TNA_SINK_OTHER_LOG',
      `The lake has stored ${topic}/${partition} up to offset ${stored}, but the log ends at ${latest}: it was made anew, and its records would be taken for stored.`,
      {
        remedy: 'Restore the log, or choose a new lake with TONEARM_LAKE.',
        context: { topic, partition, stored, latest },
      },
    );
  }

  /** Forgets everything: the lake says anew where to begin. */
  clear(): void {
    this.#next.clear();
    this.#sorted.clear();
  }

  /** The partitions to read and the offset to read next. */
  *all(): Iterable<{ topic: EventTopic; partition: number; offset: number }> {
    for (const [topic, partitions] of this.#next) {
      for (const [partition, offset] of partitions) yield { topic, partition, offset };
    }
  }

  /** Notes that a partition was read up to an offset, exclusive. */
  moveTo(topic: EventTopic, partition: number, offset: number): void {
    this.#next.get(topic)?.set(partition, offset);
  }

  /**
   * What a commit of a spool says of positions.
   * @throws TonearmError TNA_SINK_REPLACED when the spool does not begin where the lake ends.
   */
  changeOf(spool: Spool): PositionChange {
    const change: PositionChange = { transactions: {}, expected: {} };
    for (const [partition, { begin, next }] of spool.ranges) {
      const id = positionId(spool.topic, partition);
      const stored = this.#stored.get(id);
      if (stored !== undefined && stored !== begin) {
        throw new TonearmError(
          'TNA_SINK_REPLACED',
          `${id} is stored up to ${stored}, but was read from ${begin} on.`,
          { remedy: 'Nothing is lost: this sink starts again from what the lake has stored.' },
        );
      }
      change.transactions[id] = next;
      change.expected[id] = stored;
    }
    return change;
  }

  markStored(transactions: Readonly<Record<string, number>>): void {
    for (const [id, version] of Object.entries(transactions)) this.#stored.set(id, version);
  }

  /** Notes a spool of a topic without a table as done with. */
  noteSorted(spool: Spool): void {
    for (const [partition, { next }] of spool.ranges) {
      this.#sorted.set(positionId(spool.topic, partition), next);
    }
  }

  /** Positions of topics without a table that moved since they were stored; undefined when none did. */
  idleChange(): PositionChange | undefined {
    const change: PositionChange = { transactions: {}, expected: {} };
    for (const [id, position] of this.#sorted) {
      const stored = this.#stored.get(id);
      if (position <= (stored ?? 0)) continue;
      change.transactions[id] = position;
      change.expected[id] = stored;
    }
    return Object.keys(change.transactions).length === 0 ? undefined : change;
  }
}

function offsetsLost(
  topic: string,
  range: { partition: number; earliest: number },
  stored: number,
) {
  return new TonearmError(
    'TNA_SINK_OFFSETS_LOST',
    `The log starts at offset ${range.earliest} of ${topic}/${range.partition}, but the lake has stored only up to ${stored}: ${range.earliest - stored} offsets are gone.`,
    {
      remedy:
        'Restore the log from a backup. To go on without those records, move the lake away and start a new one.',
      context: { topic, ...range, stored },
    },
  );
}
