import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventTopic, eventTopics, topics } from '../../contracts/index.ts';
import type { LakeTableName } from '../../contracts/lake-tables.ts';
import type { Config } from '../config.ts';
import { type DuckDBConnection, openDuckDb } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import type { EventLog, Producer } from '../log/port.ts';
import { deadLetter, stageDeadLetters } from './dead-letters.ts';
import type { Lake } from './index.ts';
import { positionId, positionTable } from './position.ts';
import type { SinkGroup } from './sink-group.ts';
import { Spool } from './spool.ts';
import { sortSpool } from './spool-to-parquet.ts';
import type { LakeTable } from './table.ts';

const fetchBytes = 8 * 1024 * 1024;
/** Least time between two commits of a sink, for each sink at work. */
const flushMsPerSink = 250;
/** Positions of topics that the lake does not keep are stored at least this often. */
const idlePositionMs = 60_000;

export interface SinkOptions {
  config: Pick<Config, 'flushMs' | 'flushBytes' | 'stagingDirectory'>;
  log: EventLog;
  lake: Lake;
  clock: () => number;
  /** Those who share the partitions; joined by the sink, and left when it stops. */
  group: SinkGroup;
  /** Stop when the log has nothing more to give to this member. */
  untilIdle?: boolean;
  signal?: AbortSignal;
  /** Called after each commit. */
  onCommit?: (flush: FlushSummary) => void;
}

export interface FlushSummary {
  /** Records read from the log, by topic. */
  readonly read: Record<string, number>;
  /** Rows committed, by table. */
  readonly committed: Record<string, number>;
  readonly deadLetters: number;
}

export interface SinkResult {
  /** Table → rows stored. */
  readonly committed: Record<LakeTableName, number>;
  /** Topic → records read. */
  readonly read: Record<EventTopic, number>;
  readonly commits: number;
}

/**
 * Moves records from the log to the lake, exactly once. What has been stored is remembered
 * by the lake itself, in the same commit as the rows, so a crash anywhere loses and doubles nothing.
 */
export class Sink {
  readonly #options: SinkOptions;
  /** Next offset to read of the partitions that are ours, by topic. */
  readonly #positions = new Map<EventTopic, Map<number, number>>();
  /** Next offset by position id, as the lake has stored it. */
  readonly #stored = new Map<string, number | undefined>();
  /** Next offset by position id, of topics without a table: sorted, but perhaps not stored yet. */
  readonly #sorted = new Map<string, number>();
  readonly #result = {
    committed: { plays: 0, skips: 0, likes: 0, dead_letters: 0 },
    read: { starts: 0, plays: 0, skips: 0, likes: 0 },
    commits: 0,
  };
  #lastPositionCommit = 0;

  constructor(options: SinkOptions) {
    this.#options = options;
  }

  /**
   * Runs until the signal is given, or until idle. Partitions that another sink has taken over are
   * let go; what was read of them is dropped.
   * @throws TonearmError TNA_SINK_OFFSETS_LOST, TNA_DISK_FULL
   */
  async run(): Promise<SinkResult> {
    const { config, log, group } = this.#options;
    const staging = join(
      config.stagingDirectory,
      `sink-${process.pid}-${randomUUID().slice(0, 8)}`,
    );
    await clearStaging(config.stagingDirectory);
    await group.join();
    const database = await openDuckDb({ threads: '1', preserve_insertion_order: 'false' });
    const producer = await log.producer({ id: 'sink' });
    await mkdir(staging, { recursive: true });
    try {
      while (!(await this.#moveUntilReplaced(database.connection, producer, staging))) {
        this.#positions.clear();
        this.#sorted.clear();
      }
      return this.#result;
    } finally {
      await group.leave();
      await producer.close();
      database.close();
      await rm(staging, { recursive: true, force: true });
    }
  }

  /** True when the work is done; false when another sink has stored what this one had read. */
  async #moveUntilReplaced(
    connection: DuckDBConnection,
    producer: Producer,
    staging: string,
  ): Promise<boolean> {
    const { signal, untilIdle } = this.#options;
    let spools = new Map<EventTopic, Spool>();
    let flushing: Promise<void> = Promise.resolve();
    try {
      for (;;) {
        await this.#takePartitions();
        spools = await this.#collect(staging);
        await flushing;
        if (spools.size === 0) {
          if (signal?.aborted || untilIdle) break;
          continue;
        }
        flushing = this.#flush(spools, connection, producer, staging);
        flushing.catch(() => undefined);
        if (signal?.aborted) break;
      }
      await flushing;
      await this.#storeIdlePositions(true);
      return true;
    } catch (error) {
      await flushing.catch(() => undefined);
      if (!isReplaced(error)) throw error;
      for (const spool of spools.values()) spool.remove();
      return false;
    }
  }

  /** Table that keeps the position of a topic: its own, or that of the dead letters. */
  #tableOf(topic: EventTopic): LakeTable {
    return this.#options.lake.tables[positionTable(topic)];
  }

  /** Lets go of partitions that are no longer ours, and begins with new ones where the lake says. */
  async #takePartitions(): Promise<void> {
    const { log, lake, group } = this.#options;
    let refreshed = false;
    const ranges = await log.offsets(eventTopics);
    // Topics that the lake keeps come first: the others are only checked.
    ranges.sort((a, b) => Number(topics[b.topic].lake) - Number(topics[a.topic].lake));
    for (const range of ranges) {
      const topic = range.topic as EventTopic;
      const id = positionId(topic, range.partition);
      const partitions = this.#positions.get(topic) ?? new Map<number, number>();
      this.#positions.set(topic, partitions);
      if (!group.owns(topic, range.partition)) {
        partitions.delete(range.partition);
        this.#sorted.delete(id);
        continue;
      }
      if (partitions.has(range.partition)) continue;
      if (!refreshed) await lake.refresh();
      refreshed = true;
      const stored = this.#tableOf(topic).log.state.transactions.get(id)?.version;
      this.#stored.set(id, stored);
      // Nothing was stored yet, or the topic is not kept: there is nothing to miss.
      const mayMiss = stored === undefined || !topics[topic].lake;
      const position = stored ?? 0;
      if (position < range.earliest && !mayMiss) throw offsetsLost(topic, range, position);
      partitions.set(range.partition, Math.max(position, range.earliest));
    }
  }

  /** Fills spools until they are large or old enough, or the log has no more. Empty when nothing came. */
  async #collect(staging: string): Promise<Map<EventTopic, Spool>> {
    const { config, log, signal, untilIdle, clock, group } = this.#options;
    // Many sinks on one table would take versions from each other: see docs/reference/scaling.md.
    const flushMs = Math.max(config.flushMs, group.members.length * flushMsPerSink);
    const spools = new Map<EventTopic, Spool>();
    const started = clock();
    let bytes = 0;
    for (;;) {
      let found = false;
      for (const [topic, partitions] of this.#positions) {
        for (const [partition, position] of partitions) {
          if (bytes >= config.flushBytes) break;
          const room = Math.min(fetchBytes, config.flushBytes - bytes);
          const batch = await log.fetch(topic, partition, position, room);
          if (batch === undefined) continue;
          found = true;
          const spool =
            spools.get(topic) ??
            new Spool(
              topic,
              join(staging, `${topic}-${started}-${this.#result.commits}-${position}`),
            );
          spools.set(topic, spool);
          spool.add(batch);
          bytes += batch.valueBytes;
          partitions.set(partition, batch.nextOffset);
          this.#result.read[topic] += batch.count;
        }
      }
      const full = bytes >= config.flushBytes;
      const old = clock() - started >= flushMs;
      if (full || signal?.aborted || (old && spools.size > 0)) break;
      if (!found) {
        if (untilIdle) break;
        if (old && spools.size === 0) break;
        await log.waitForAppend(Math.max(10, flushMs - (clock() - started)), signal);
      }
    }
    for (const spool of spools.values()) spool.finish();
    return spools;
  }

  async #flush(
    spools: Map<EventTopic, Spool>,
    connection: DuckDBConnection,
    producer: Producer,
    staging: string,
  ): Promise<void> {
    const { clock, onCommit } = this.#options;
    const summary: FlushSummary & { deadLetters: number } = {
      read: {},
      committed: {},
      deadLetters: 0,
    };
    try {
      for (const [topic, spool] of spools) {
        const table = this.#tableOf(topic);
        const columns = topics[topic].lake ? table.columns : undefined;
        const sorted = await sortSpool(connection, spool, columns, staging, clock());
        summary.read[topic] = sorted.rows + sorted.refused.length;
        summary.deadLetters += await this.#storeDeadLetters(
          topic,
          spool,
          sorted.refused,
          connection,
          producer,
          staging,
        );
        if (columns === undefined) {
          this.#noteSorted(topic, spool);
          continue;
        }
        const { transactions, expected } = this.#advance(topic, spool);
        await table.append({ files: sorted.files, transactions, expected });
        this.#markStored(transactions);
        summary.committed[table.name] = sorted.rows;
        this.#result.committed[table.name] += sorted.rows;
        this.#result.commits += 1;
      }
      await this.#storeIdlePositions(false);
      onCommit?.(summary);
    } finally {
      for (const spool of spools.values()) spool.remove();
    }
  }

  /**
   * Stores refused records before the rows of the same range are committed. After a crash in
   * between, the range is read again and the position kept here tells which letters are there already.
   */
  async #storeDeadLetters(
    topic: EventTopic,
    spool: Spool,
    refused: Spool['refused'],
    connection: DuckDBConnection,
    producer: Producer,
    staging: string,
  ): Promise<number> {
    if (refused.length === 0) return 0;
    const { lake, clock } = this.#options;
    const table = lake.tables.dead_letters;
    const known = (partition: number) =>
      table.log.state.transactions.get(positionId(topic, partition))?.version;
    const fresh = refused
      .filter((record) => record.offset >= (known(record.partition) ?? 0))
      .sort((a, b) => a.partition - b.partition || a.offset - b.offset);
    if (fresh.length === 0) return 0;
    const letters = fresh.map(deadLetter);
    for (const [index, letter] of letters.entries()) {
      const { offset } = fresh[index]!;
      await producer.send('dead_letters', {
        key: `${topic}/${letter.origin_partition}`,
        value: JSON.stringify(letter),
        timestamp: fresh[index]!.receivedAt,
        sequence: { source: `${topic}/${letter.origin_partition}`, number: offset },
      });
    }
    await producer.flush();
    const transactions: Record<string, number> = {};
    const expected: Record<string, number | undefined> = {};
    for (const [partition, next] of spool.nextOffsets) {
      const id = positionId(topic, partition);
      const before = known(partition);
      transactions[id] = Math.max(next, before ?? 0);
      expected[id] = before;
    }
    const files = await stageDeadLetters(connection, letters, staging, clock());
    await table.append({ files, transactions, expected });
    if (!topics[topic].lake) this.#markStored(transactions);
    this.#result.committed.dead_letters += letters.length;
    this.#result.commits += 1;
    return letters.length;
  }

  /** Positions of topics without a table move only with their dead letters; store them now and then. */
  async #storeIdlePositions(now: boolean): Promise<void> {
    const { clock, lake } = this.#options;
    if (!now && clock() - this.#lastPositionCommit < idlePositionMs) return;
    this.#lastPositionCommit = clock();
    const transactions: Record<string, number> = {};
    const expected: Record<string, number | undefined> = {};
    for (const [id, position] of this.#sorted) {
      if (position === (this.#stored.get(id) ?? 0)) continue;
      transactions[id] = position;
      expected[id] = this.#stored.get(id);
    }
    if (Object.keys(transactions).length === 0) return;
    await lake.tables.dead_letters.append({ files: [], transactions, expected });
    this.#markStored(transactions);
  }

  #noteSorted(topic: EventTopic, spool: Spool): void {
    for (const [partition, next] of spool.nextOffsets) {
      this.#sorted.set(positionId(topic, partition), next);
    }
  }

  #advance(topic: EventTopic, spool: Spool) {
    const transactions: Record<string, number> = {};
    const expected: Record<string, number | undefined> = {};
    for (const [partition, next] of spool.nextOffsets) {
      const id = positionId(topic, partition);
      transactions[id] = next;
      expected[id] = this.#stored.get(id);
    }
    return { transactions, expected };
  }

  #markStored(transactions: Record<string, number>): void {
    for (const [id, version] of Object.entries(transactions)) this.#stored.set(id, version);
  }
}

const isReplaced = (error: unknown): boolean =>
  error instanceof TonearmError && error.code === 'TNA_SINK_REPLACED';

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

/** Removes staging folders of sinks that no longer run. */
async function clearStaging(directory: string): Promise<void> {
  const entries = await readdir(directory).catch(() => [] as string[]);
  for (const entry of entries) {
    const pid = Number(/^sink-(\d+)-/.exec(entry)?.[1]);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      process.kill(pid, 0);
    } catch {
      await rm(join(directory, entry), { recursive: true, force: true });
    }
  }
}
