import { randomUUID } from 'node:crypto';
import { lakeColumns, partitionColumns } from '../../contracts/lake-columns.ts';
import { type LakeTableName, lakeTables } from '../../contracts/lake-tables.ts';
import { TonearmError } from '../errors.ts';
import type { Action, AddAction } from './delta-actions.ts';
import { DeltaLog, type DeltaLogOptions } from './delta-log.ts';
import { erasedId, forgottenId } from './forgotten.ts';
import type { LakeFile } from './lake-file.ts';
import { addAction, type StagedFile } from './parquet-files.ts';
import { schemaString } from './schema-string.ts';
import type { Store } from './store.ts';
import { addedAt, isCompacted, rowsOf, type TableState } from './table-state.ts';

const uploadsAtOnce = 8;
/**
 * Files that were uploaded longer ago than this are not committed any more: vacuum may hold
 * them for what a crash left behind. Far below its grace period.
 */
const uploadLifeMs = 3_600_000;

/** What one commit adds and remembers. */
export interface Append {
  readonly files: readonly StagedFile[];
  /** Application id → version to store, in the same commit. See the protocol's `txn`. */
  readonly transactions: Readonly<Record<string, number>>;
  /** Application id → version that must still be stored when the commit lands. */
  readonly expected: Readonly<Record<string, number | undefined>>;
  /** Entries of the list of forgotten listeners that the rows were held against; none when left out. */
  readonly forgotten?: number;
  /** Topic → records of forgotten listeners that were left out. */
  readonly erased?: Readonly<Record<string, number>>;
}

export interface TableOptions extends Omit<DeltaLogOptions, 'table'> {
  name: LakeTableName;
}

/** One Delta table of the lake. */
export class LakeTable {
  readonly name: LakeTableName;
  readonly store: Store;
  readonly log: DeltaLog;
  readonly stagingDirectory: string;
  readonly clock: () => number;
  readonly columns;

  constructor(options: TableOptions) {
    this.name = options.name;
    this.store = options.store;
    this.stagingDirectory = options.stagingDirectory;
    this.clock = options.clock;
    this.columns = lakeColumns(options.name);
    this.log = new DeltaLog({ ...options, table: options.name });
  }

  /** Creates the table unless it exists. */
  async create(): Promise<TableState> {
    await this.log.refresh();
    await this.log.commit('CREATE TABLE', (state) =>
      state.version >= 0 ? undefined : this.#definition(),
    );
    return this.log.state;
  }

  /**
   * Moves files into the store and commits them. Either all of it is in the table afterwards, or nothing.
   * @throws TonearmError TNA_SINK_REPLACED when another writer has moved an expected transaction.
   */
  async append(options: Append): Promise<number | undefined> {
    const { files, transactions, expected, forgotten = 0, erased = {} } = options;
    const lastUpdated = this.clock();
    // What others commit meanwhile is read during the upload, so the first attempt is seldom in vain.
    const [adds] = await Promise.all([this.upload(files, true), this.log.refresh()]);
    return await this.log.commit('WRITE', (state) => {
      if (!this.areFresh(adds)) {
        throw new TonearmError(
          'TNA_SINK_REPLACED',
          `This process stood still for more than an hour before it could commit to table ${this.name}.`,
          { remedy: 'Nothing is lost: this sink starts again from what the lake has stored.' },
        );
      }
      const erasures = state.transactions.get(forgottenId)?.version ?? 0;
      if (erasures > forgotten) {
        throw new TonearmError(
          'TNA_SINK_REPLACED',
          `A listener was erased from table ${this.name} while these rows were on their way.`,
          { remedy: 'Nothing is lost: this sink starts again from what the lake has stored.' },
        );
      }
      for (const [appId, version] of Object.entries(expected)) {
        const stored = state.transactions.get(appId)?.version;
        if (stored === version) continue;
        throw new TonearmError(
          'TNA_SINK_REPLACED',
          `Another sink has stored ${appId} up to ${stored}; this one expected ${version ?? 'nothing'}.`,
          { remedy: 'Nothing is lost: this sink starts again from what the lake has stored.' },
        );
      }
      return [
        ...Object.entries(transactions).map(([appId, version]) => ({
          txn: { appId, version, lastUpdated },
        })),
        ...erasedActions(state, erased, lastUpdated),
        ...adds.map((add) => ({ add })),
      ];
    });
  }

  /** Moves staged files into the store, a few at a time. They are no part of the table until committed. */
  async upload(files: readonly StagedFile[], dataChange: boolean): Promise<AddAction[]> {
    const adds = files.map((file) => addAction(file, this.columns, this.clock(), dataChange));
    for (let start = 0; start < files.length; start += uploadsAtOnce) {
      const batch = files.slice(start, start + uploadsAtOnce).map(async (file, index) => {
        const stored = await this.store.uploadIfAbsent(this.key(file.path), file.localPath);
        if (stored) return;
        // The name is taken, by an orphan of a crash or by another writer: choose one that is not.
        const add = adds[start + index]!;
        add.path = file.path.replace(/\.parquet$/, `-${randomUUID()}.parquet`);
        // Nobody else can have made this name: where it exists, the reply to our own upload was lost.
        await this.store.uploadIfAbsent(this.key(add.path), file.localPath);
      });
      await Promise.all(batch);
    }
    return adds;
  }

  /** False when vacuum may hold uploaded files for what a crash left behind: they must not be committed any more. */
  areFresh(adds: readonly AddAction[]): boolean {
    return adds.every((add) => this.clock() - add.modificationTime <= uploadLifeMs);
  }

  /** Key of a path of this table in the store. */
  key(path: string): string {
    return `${this.name}/${path}`;
  }

  /** Every file whose bytes are there: live ones, and those that compaction has replaced. */
  files(): LakeFile[] {
    const { files, tombstones } = this.log.state;
    const describe = (
      file: Pick<AddAction, 'path' | 'size' | 'stats' | 'tags'>,
      live: boolean,
    ) => ({
      table: this.name,
      path: this.store.location(this.key(file.path)),
      version: addedAt(file),
      rows: rowsOf(file),
      bytes: file.size,
      live,
      dataChange: !isCompacted(file),
    });
    return [
      ...[...files.values()].map((file) => describe(file, true)),
      ...[...tombstones.values()].map((file) => describe(file, false)),
    ];
  }

  #definition(): Action[] {
    return [
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      {
        metaData: {
          id: randomUUID(),
          name: this.name,
          description: lakeTables[this.name].description,
          format: { provider: 'parquet', options: {} },
          schemaString: schemaString([...this.columns, ...partitionColumns]),
          partitionColumns: partitionColumns.map((column) => column.name),
          configuration: { 'delta.logRetentionDuration': 'interval 7 days' },
          createdTime: this.clock(),
        },
      },
    ];
  }
}

/** Counts records that are gone, or were left out, on top of those before. */
export function erasedActions(
  state: TableState,
  erased: Readonly<Record<string, number>>,
  lastUpdated: number,
): Action[] {
  return Object.entries(erased)
    .filter(([, records]) => records > 0)
    .map(([topic, records]) => {
      const appId = erasedId(topic);
      const before = state.transactions.get(appId)?.version ?? 0;
      return { txn: { appId, version: before + records, lastUpdated } };
    });
}
