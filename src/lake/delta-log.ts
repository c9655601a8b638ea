import { setTimeout as delay } from 'node:timers/promises';
import { TonearmError } from '../errors.ts';
import { readCheckpoint, readLastCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { type Action, decodeActions, encodeActions, versionName } from './delta-actions.ts';
import type { Store } from './store.ts';
import { TableState } from './table-state.ts';

const checkpointInterval = 50;
const maxAttempts = 50;
/** Entries are cleaned away after days; a state older than this is refreshed before it commits. */
const staleAfterMs = 3_600_000;

export interface DeltaLogOptions {
  store: Store;
  table: string;
  stagingDirectory: string;
  clock: () => number;
}

/**
 * The log of one Delta table. A commit is one put-if-absent of the next entry, so of any
 * number of writers one wins each version; the others re-read the log and try the next.
 */
export class DeltaLog {
  readonly #options: DeltaLogOptions;
  #state = new TableState();
  #knownAt = 0;

  constructor(options: DeltaLogOptions) {
    this.#options = options;
  }

  /** The table as of the last `refresh` or `commit`. Version -1 when it does not exist. */
  get state(): TableState {
    return this.#state;
  }

  /** Replays what was committed since the last call; reads the newest checkpoint first time. */
  async refresh(): Promise<TableState> {
    const { store, table, clock } = this.#options;
    this.#knownAt = clock();
    if (this.#state.version < 0) await this.#loadCheckpoint();
    for (;;) {
      const next = this.#state.version + 1;
      const bytes = await store.get(this.#entry(next));
      if (bytes === undefined) {
        if (await this.#caughtUp(next)) return this.#state;
        this.#state = new TableState();
        await this.#loadCheckpoint();
        continue;
      }
      try {
        this.#state.apply(next, decodeActions(bytes));
      } catch (error) {
        if (error instanceof TonearmError) throw error;
        throw new TonearmError(
          'TNA_LAKE_LOG_CORRUPT',
          `Entry ${next} of the log of table ${table} cannot be read.`,
          {
            cause: error,
            remedy: `Restore ${store.location(this.#entry(next))} from a backup.`,
          },
        );
      }
    }
  }

  /**
   * Commits the actions that `prepare` returns for the newest state. When another writer
   * takes the version first, `prepare` is asked again with the state that includes it;
   * it throws to give up. Returns the version, or undefined when `prepare` returns nothing.
   */
  async commit(
    operation: string,
    prepare: (state: TableState) => readonly Action[] | undefined,
  ): Promise<number | undefined> {
    const { store, clock } = this.#options;
    if (clock() - this.#knownAt > staleAfterMs) await this.refresh();
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const actions = prepare(this.#state);
      if (actions === undefined) return undefined;
      const version = this.#state.version + 1;
      const entry: Action[] = [
        { commitInfo: { timestamp: clock(), operation, engineInfo: 'tonearm' } },
        ...actions,
      ];
      if (await store.putIfAbsent(this.#entry(version), encodeActions(entry))) {
        this.#state.apply(version, entry);
        if (version > 0 && version % checkpointInterval === 0) await this.checkpoint();
        return version;
      }
      await this.refresh();
      await delay(Math.min(5 * attempt, 100) * (0.5 + (attempt % 3) / 2));
    }
    throw new TonearmError(
      'TNA_LAKE_CONTENTION',
      `Table ${this.#options.table} was committed to by others ${maxAttempts} times in a row.`,
      { remedy: 'Run fewer writers on this table, or raise TONEARM_FLUSH_SECONDS.' },
    );
  }

  /** Writes a checkpoint of the present version. A failure is not fatal: the log itself is whole. */
  async checkpoint(): Promise<void> {
    const { store, table, stagingDirectory } = this.#options;
    await writeCheckpoint(
      store,
      table,
      this.#state.version,
      this.#state.toActions(),
      stagingDirectory,
    );
  }

  #entry(version: number): string {
    return `${this.#options.table}/_delta_log/${versionName(version)}.json`;
  }

  async #loadCheckpoint(): Promise<void> {
    const { store, table, stagingDirectory } = this.#options;
    const last = await readLastCheckpoint(store, table);
    if (last === undefined) return;
    const actions = await readCheckpoint(store, table, last.version, stagingDirectory);
    for (const action of actions) this.#state.applyOne(last.version, action);
    this.#state.version = last.version;
  }

  /** True unless a checkpoint newer than us exists, whose older entries were cleaned away. */
  async #caughtUp(next: number): Promise<boolean> {
    const last = await readLastCheckpoint(this.#options.store, this.#options.table);
    return last === undefined || last.version < next;
  }
}
