import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventTopic, topics } from '../../contracts/index.ts';
import type { LakeTableName } from '../../contracts/lake-tables.ts';
import type { Config } from '../config.ts';
import { openDuckDb } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import type { EventLog } from '../log/port.ts';
import { ForgottenListeners } from './forgotten.ts';
import type { Lake } from './index.ts';
import { bindToLog } from './log-identity.ts';
import { positionTable } from './position.ts';
import type { SinkGroup } from './sink-group.ts';
import { SinkPositions } from './sink-positions.ts';
import { Spool } from './spool.ts';
import { type SortedRecords, sortSpool } from './spool-to-parquet.ts';
import { clearStaging, stagingPath } from './staging.ts';
import { type DeadLetterParts, storeDeadLetters } from './store-dead-letters.ts';
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
  /** Records that were left out, since their listener is forgotten. */
  readonly erased: number;
  /** The commits to tables, in the order in which they landed. */
  readonly commits: readonly FlushCommit[];
  /** Milliseconds from full spools to the last commit. */
  readonly durationMs: number;
}

/** One commit: with the places of its records it tells where an event of the log went. */
export interface FlushCommit {
  readonly table: LakeTableName;
  /** Version of the table. */
  readonly version: number | undefined;
  readonly rows: number;
  /** `topic/partition` → first offset, and the one after the last. */
  readonly offsets: Readonly<Record<string, readonly [number, number]>>;
}

export interface SinkResult {
  /** Table → rows stored. */
  readonly committed: Record<LakeTableName, number>;
  /** Topic → records read. */
  readonly read: Record<EventTopic, number>;
  /** Records that were left out, since their listener is forgotten. */
  readonly erased: number;
  readonly commits: number;
}

/**
 * Moves records from the log to the lake, exactly once. What has been stored is remembered
 * by the lake itself, in the same commit as the rows, so a crash anywhere loses and doubles nothing.
 */
export class Sink {
  readonly #options: SinkOptions;
  readonly #positions: SinkPositions;
  readonly #result = {
    committed: { plays: 0, skips: 0, likes: 0, dead_letters: 0 },
    read: { starts: 0, plays: 0, skips: 0, likes: 0 },
    erased: 0,
    commits: 0,
  };
  #lastPositionCommit = 0;
  readonly #forgotten: ForgottenListeners;

  constructor(options: SinkOptions) {
    this.#options = options;
    this.#positions = new SinkPositions(options);
    this.#forgotten = new ForgottenListeners(options.lake.store);
  }

  /**
   * Runs until the signal is given, or until idle. Partitions that another sink has taken over are
   * let go; what was read of them is dropped.
   * @throws TonearmError TNA_SINK_OFFSETS_LOST, TNA_SINK_OTHER_LOG, TNA_DISK_FULL
   */
  async run(): Promise<SinkResult> {
    const { config, log, lake, group } = this.#options;
    const staging = stagingPath(config.stagingDirectory, 'sink');
    await clearStaging(config.stagingDirectory);
    await bindToLog(lake.store, log);
    await group.join();
    const database = await openDuckDb({ threads: '1', preserve_insertion_order: 'false' });
    const producer = await log.producer({ id: 'sink' });
    await mkdir(staging, { recursive: true });
    try {
      const forgotten = this.#forgotten;
      const parts = {
        ...this.#options,
        connection: database.connection,
        producer,
        staging,
        forgotten,
      };
      while (!(await this.#moveUntilReplaced(parts))) {
        this.#positions.clear();
        // Files that could not be committed: they may hold somebody who is forgotten by now.
        await rm(staging, { recursive: true, force: true });
        await mkdir(staging, { recursive: true });
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
  async #moveUntilReplaced(parts: DeadLetterParts): Promise<boolean> {
    const { signal, untilIdle } = this.#options;
    let spools = new Map<EventTopic, Spool>();
    let flushing: Promise<void> = Promise.resolve();
    try {
      await this.#forgotten.refresh();
      for (;;) {
        await this.#positions.follow();
        spools = await this.#collect(parts.staging);
        await flushing;
        if (spools.size === 0) {
          if (signal?.aborted || untilIdle) break;
          continue;
        }
        flushing = this.#flush(spools, parts);
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
      for (const { topic, partition, offset } of this.#positions.all()) {
        if (bytes >= config.flushBytes) break;
        const room = Math.min(fetchBytes, config.flushBytes - bytes);
        const batch = await log.fetch(topic, partition, offset, room);
        if (batch === undefined) continue;
        found = true;
        const name = `${topic}-${started}-${this.#result.commits}-${offset}`;
        const spool = spools.get(topic) ?? new Spool(topic, join(staging, name), this.#forgotten);
        spools.set(topic, spool);
        spool.add(batch, offset);
        bytes += batch.valueBytes;
        this.#positions.moveTo(topic, partition, batch.nextOffset);
        this.#result.read[topic] += batch.count;
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

  async #flush(spools: Map<EventTopic, Spool>, parts: DeadLetterParts): Promise<void> {
    const { lake, clock, onCommit } = this.#options;
    const started = clock();
    const commits: FlushCommit[] = [];
    const summary = { read: {}, committed: {}, deadLetters: 0, erased: 0 } as {
      -readonly [Key in 'read' | 'committed' | 'deadLetters' | 'erased']: FlushSummary[Key];
    };
    const appends: Promise<void>[] = [];
    try {
      for (const [topic, spool] of spools) {
        const table = topics[topic].lake ? lake.tables[positionTable(topic)] : undefined;
        const { connection, staging } = parts;
        const sorted = await sortSpool(connection, spool, table?.columns, staging, clock());
        summary.read[topic] = sorted.rows + sorted.refused.length + spool.erased;
        summary.erased += spool.erased;
        this.#result.erased += spool.erased;
        const stored = await storeDeadLetters(parts, spool, sorted.refused);
        if (stored !== undefined) {
          summary.deadLetters += stored.letters;
          this.#result.committed.dead_letters += stored.letters;
          this.#result.commits += 1;
        }
        if (table === undefined) {
          if (stored !== undefined) this.#positions.markStored(stored.transactions);
          this.#positions.noteSorted(spool);
          continue;
        }
        // Tables are committed beside each other: on S3 each waits for several answers.
        const append = this.#append(table, sorted, spool, summary, commits);
        append.catch(() => undefined);
        appends.push(append);
      }
      await Promise.all(appends);
      await this.#storeIdlePositions(false);
      onCommit?.({ ...summary, commits, durationMs: clock() - started });
    } finally {
      await Promise.allSettled(appends);
      for (const spool of spools.values()) spool.remove();
    }
  }

  async #append(
    table: LakeTable,
    sorted: SortedRecords,
    spool: Spool,
    summary: Pick<FlushSummary, 'committed'>,
    commits: FlushCommit[],
  ): Promise<void> {
    const change = this.#positions.changeOf(spool);
    const version = await table.append({
      files: sorted.files,
      ...change,
      forgotten: this.#forgotten.entries,
      erased: { [spool.topic]: spool.erased },
    });
    this.#positions.markStored(change.transactions);
    commits.push({ table: table.name, version, rows: sorted.rows, offsets: offsetsOf(spool) });
    summary.committed[table.name] = sorted.rows;
    this.#result.committed[table.name] += sorted.rows;
    this.#result.commits += 1;
  }

  /** Positions of topics without a table move only with their dead letters; store them now and then. */
  async #storeIdlePositions(now: boolean): Promise<void> {
    const { clock, lake } = this.#options;
    if (!now && clock() - this.#lastPositionCommit < idlePositionMs) return;
    this.#lastPositionCommit = clock();
    const change = this.#positions.idleChange();
    if (change === undefined) return;
    const forgotten = this.#forgotten.entries;
    await lake.tables.dead_letters.append({ files: [], ...change, forgotten });
    this.#positions.markStored(change.transactions);
  }
}

const offsetsOf = ({ topic, ranges }: Spool): FlushCommit['offsets'] =>
  Object.fromEntries(
    [...ranges].map(([partition, { begin, next }]) => [`${topic}/${partition}`, [begin, next]]),
  );

const isReplaced = (error: unknown): boolean =>
  error instanceof TonearmError && error.code === 'TNA_SINK_REPLACED';
