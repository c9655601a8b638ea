import assert from 'node:assert/strict';
import type fc from 'fast-check';
import { TonearmError } from '../../src/errors.ts';
import { replaceParts } from '../../src/lake/compaction.ts';
import { decodeActions, versionName } from '../../src/lake/delta-actions.ts';
import type { StagedFile } from '../../src/lake/parquet-files.ts';
import { positionId } from '../../src/lake/position.ts';
import { LakeTable } from '../../src/lake/table.ts';
import type { TableState } from '../../src/lake/table-state.ts';
import { vacuumTable } from '../../src/lake/vacuum.ts';
import { type Fault, FaultyStore, StoreFailure } from './faulty-store.ts';
import { MemoryStore } from './memory-store.ts';

const hourMs = 3_600_000;
const graceMs = 24 * hourMs;
const folder = 'year=2025/month=11/day=18/hour=14';
const logPrefix = 'plays/_delta_log/';

export interface WriterPlan {
  readonly faults: readonly Fault[];
  readonly crashAfter: number;
}

export interface RunPlan {
  /** Partitions and rows of each flush, by sink. Sinks whose partitions overlap replace each other. */
  readonly sinks: readonly (WriterPlan & {
    partitions: readonly number[];
    flushes: readonly number[];
  })[];
  readonly compactors: readonly (WriterPlan & { rounds: number })[];
  readonly vacuums: readonly (WriterPlan & { rounds: number })[];
  /** Hours by which time leaps, each at a moment that the scheduler chooses. */
  readonly leaps: readonly number[];
}

/** A row as the test stores it: where it came from. */
type Row = readonly [partition: number, offset: number];

/** Several writers of one table, each behind its own faulty way to one store. */
export class ProtocolRun {
  readonly #scheduler: fc.Scheduler;
  readonly #stagingDirectory: string;
  readonly #checkpointInterval: number;
  #now = Date.UTC(2025, 10, 18, 16);
  readonly store = new MemoryStore(() => this.#now);
  /** Files of appends that were told that another sink had taken over. */
  readonly #replaced: string[] = [];
  /** Files of appends that succeeded, with their versions. */
  readonly #stored: { path: string; version: number }[] = [];
  #fileNumber = 0;

  constructor(
    scheduler: fc.Scheduler,
    options: { stagingDirectory: string; checkpointInterval: number },
  ) {
    this.#scheduler = scheduler;
    this.#stagingDirectory = options.stagingDirectory;
    this.#checkpointInterval = options.checkpointInterval;
  }

  async run(plan: RunPlan): Promise<void> {
    const writers = [
      ...plan.sinks.map((sink, index) =>
        this.#writer(`sink ${index}`, sink, (table, store) => this.#sink(table, store, sink)),
      ),
      ...plan.compactors.map((compactor, index) =>
        this.#writer(`compactor ${index}`, compactor, (table, store) =>
          this.#repeat(compactor.rounds, store, () => this.#compact(table)),
        ),
      ),
      ...plan.vacuums.map((vacuum, index) =>
        this.#writer(`vacuum ${index}`, vacuum, (table, store) =>
          this.#repeat(vacuum.rounds, store, () => vacuumTable(table, graceMs)),
        ),
      ),
      this.#leap(plan.leaps),
    ];
    await this.#scheduler.waitFor(Promise.all(writers));
    // Writes that land when their writer has long given up.
    await this.#scheduler.waitIdle();
  }

  /** Opens the table as a newcomer does. */
  async read(options: { withoutCheckpoint?: boolean } = {}): Promise<TableState> {
    const store = new MemoryStore(() => this.#now);
    for (const [key, object] of this.store.objects) {
      if (!options.withoutCheckpoint || !key.endsWith('_last_checkpoint')) {
        store.objects.set(key, object);
      }
    }
    return await this.#table(store).log.refresh();
  }

  async check(): Promise<void> {
    const versions = [...this.store.objects.keys()]
      .filter((key) => key.startsWith(logPrefix) && key.endsWith('.json'))
      .map((key) => Number(key.slice(logPrefix.length, -'.json'.length)))
      .sort((a, b) => a - b);
    const first = versions[0] ?? 0;
    assert.deepEqual(
      versions,
      versions.map((_, index) => first + index),
      'versions have no gaps',
    );
    const state = await this.read();
    assert.equal(state.version, versions.at(-1) ?? -1, 'a newcomer reads the newest version');
    if (first === 0) {
      const replayed = await this.read({ withoutCheckpoint: true });
      assert.deepEqual(
        content(state),
        content(replayed),
        'checkpoint and tail equal the whole log',
      );
    }
    this.#checkRows(state);
    this.#checkOutcomes(versions);
  }

  /** For each partition, the rows of the live files are the offsets from 0 to the position, each once. */
  #checkRows(state: TableState): void {
    const offsets = new Map<number, number[]>();
    for (const path of state.files.keys()) {
      const object = this.store.objects.get(`plays/${path}`);
      assert.ok(object, `the table names ${path}, which is not there`);
      for (const [partition, offset] of decodeRows(object.bytes)) {
        offsets.set(partition, [...(offsets.get(partition) ?? []), offset]);
      }
    }
    for (const partition of [0, 1, 2]) {
      const position = state.transactions.get(positionId('plays', partition))?.version ?? 0;
      assert.deepEqual(
        (offsets.get(partition) ?? []).sort((a, b) => a - b),
        Array.from({ length: position }, (_, index) => index),
        `partition ${partition} holds each offset below ${position} once`,
      );
    }
  }

  /** What a writer was told is what the log says. */
  #checkOutcomes(versions: readonly number[]): void {
    const added = new Map<string, number>();
    for (const version of versions) {
      const key = `${logPrefix}${versionName(version)}.json`;
      for (const action of decodeActions(this.store.objects.get(key)!.bytes)) {
        if ('add' in action && action.add.dataChange) added.set(stem(action.add.path), version);
      }
    }
    for (const { path, version } of this.#stored) {
      if (version >= (versions[0] ?? 0))
        assert.equal(added.get(stem(path)), version, `${path} was stored`);
    }
    for (const path of this.#replaced) {
      assert.equal(added.get(stem(path)), undefined, `${path} of a replaced sink is in no commit`);
    }
  }

  async #writer(
    name: string,
    plan: WriterPlan,
    work: (table: LakeTable, store: FaultyStore) => Promise<unknown>,
  ): Promise<void> {
    const store = new FaultyStore(this.store, this.#scheduler, name, plan);
    await Promise.race([work(this.#table(store, store), store), store.crashed]);
  }

  #table(store: MemoryStore | FaultyStore, writer?: FaultyStore): LakeTable {
    return new LakeTable({
      store,
      name: 'plays',
      stagingDirectory: this.#stagingDirectory,
      clock: () => this.#now,
      checkpointInterval: this.#checkpointInterval,
      wait: async () => writer?.step('wait'),
      random: () => 0.5,
    });
  }

  /** Reads positions from the table, stores rows after them, and starts over when that fails. */
  async #sink(table: LakeTable, store: FaultyStore, plan: RunPlan['sinks'][number]): Promise<void> {
    let positions: Map<number, number | undefined> | undefined;
    for (const rows of plan.flushes) {
      await store.step('collect');
      const paths: string[] = [];
      try {
        if (positions === undefined) {
          const state = await table.create();
          positions = new Map(
            plan.partitions.map((partition) => [
              partition,
              state.transactions.get(positionId('plays', partition))?.version,
            ]),
          );
        }
        const transactions: Record<string, number> = {};
        const expected: Record<string, number | undefined> = {};
        const content: Row[] = [];
        for (const [partition, position] of positions) {
          for (let row = 0; row < rows; row += 1) content.push([partition, (position ?? 0) + row]);
          transactions[positionId('plays', partition)] = (position ?? 0) + rows;
          expected[positionId('plays', partition)] = position;
        }
        const file = this.#stage(content, `${folder}/part-${this.#fileNumber}.parquet`);
        paths.push(file.path);
        const version = await table.append({ files: [file], transactions, expected });
        this.#stored.push({ path: file.path, version: version! });
        for (const [partition, position] of positions) {
          positions.set(partition, (position ?? 0) + rows);
        }
      } catch (error) {
        const replaced = error instanceof TonearmError && error.code === 'TNA_SINK_REPLACED';
        if (replaced) this.#replaced.push(...paths);
        else assert.ok(isExpected(error), error as Error);
        positions = undefined;
      }
    }
  }

  async #compact(table: LakeTable): Promise<void> {
    const state = await table.log.refresh();
    const parts = [...state.files.values()];
    if (parts.length < 2) return;
    const rows: Row[] = [];
    for (const part of parts) {
      const bytes = await table.store.get(table.key(part.path));
      if (bytes === undefined) return; // Compacted and vacuumed by others meanwhile.
      rows.push(...decodeRows(bytes));
    }
    const file = this.#stage(rows, `${folder}/data-${this.#fileNumber}.parquet`);
    await replaceParts(table, parts, await table.upload([file], false));
  }

  async #repeat(rounds: number, store: FaultyStore, work: () => Promise<unknown>): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      await store.step('round');
      try {
        await work();
      } catch (error) {
        assert.ok(isExpected(error), error as Error);
      }
    }
  }

  async #leap(leaps: readonly number[]): Promise<void> {
    for (const hours of leaps) {
      await this.#scheduler.schedule(Promise.resolve(), `${hours} hours pass`);
      this.#now += hours * hourMs;
    }
  }

  #stage(rows: readonly Row[], path: string): StagedFile {
    const localPath = `staged-${this.#fileNumber}`;
    this.#fileNumber += 1;
    const bytes = new TextEncoder().encode(JSON.stringify(rows));
    this.store.staged.set(localPath, bytes);
    return { localPath, path, bytes: bytes.length, rows: rows.length, statistics: {} };
  }
}

/** A file may be stored under a longer name when its own seems taken. */
const stem = (path: string) => /part-\d+/.exec(path)![0];

const decodeRows = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Row[];

const isExpected = (error: unknown): boolean =>
  error instanceof StoreFailure ||
  (error instanceof TonearmError && error.code === 'TNA_LAKE_CONTENTION');

/** What of a state must not depend on how it was read. */
function content(state: TableState) {
  const { version, files, tombstones, transactions, protocol, metaData } = state;
  const sorted = <T>(map: Map<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    version,
    files: sorted(files).map(([path, file]) => [path, { ...file, dataChange: undefined }]),
    tombstones: sorted(tombstones),
    transactions: sorted(transactions),
    protocol,
    metaData,
  };
}
