import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { TonearmError } from '../errors.ts';
import {
  checkpointIsDue,
  readCheckpoint,
  readLastCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import {
  type Action,
  commitId,
  decodeActions,
  encodeActions,
  versionName,
} from './delta-actions.ts';
import type { Store } from './store.ts';
import { TableState } from './table-state.ts';

const maxAttempts = 200;
/** Entries read at once when many are missing. */
const maxReadAhead = 32;
/** A state older than this looks for a newer checkpoint before it reads entries or commits. */
const staleAfterMs = 3_600_000;
/**
 * Far below the time that vacuum keeps entries (7 days). A process that stood still for longer
 * in the middle of a commit can't tell whether the version that it took had been cleaned away.
 */
const stalledAfterMs = 24 * 3_600_000;
const firstBackoffMs = 50;
const maxBackoffMs = 500;

export interface DeltaLogOptions {
  store: Store;
  table: string;
  stagingDirectory: string;
  clock: () => number;
  /** Waits a number of milliseconds between two attempts. */
  wait?: (ms: number) => Promise<unknown>;
  /** From 0 to 1, for the length of those waits. */
  random?: () => number;
  /** Commits between two checkpoints of a small table. */
  checkpointInterval?: number;
}

/**
 * The log of one Delta table. A commit is one put-if-absent of the next entry, so of any
 * number of writers one wins each version; the others re-read the log and try the next.
 * Calls on one instance may overlap: each step that reads or moves the state waits its turn.
 */
export class DeltaLog {
  /** Why the newest checkpoint could not be written; undefined when it could. */
  checkpointFailure: unknown;
  readonly #options: DeltaLogOptions;
  #state = new TableState();
  /** When the state was known to be the newest, ms since the epoch. */
  #knownAt = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DeltaLogOptions) {
    this.#options = options;
  }

  /** The table as of the last `refresh` or `commit`. Version -1 when it does not exist. */
  get state(): TableState {
    return this.#state;
  }

  /** Replays what was committed since the last call; reads the newest checkpoint first time. */
  refresh(): Promise<TableState> {
    return this.#exclusively(() => this.#catchUp());
  }

  /**
   * Commits the actions that `prepare` returns for the newest state. When another writer
   * takes the version first, `prepare` is asked again with the state that includes it;
   * it throws to give up. Returns the version, or undefined when `prepare` returns nothing.
   * @throws TonearmError TNA_LAKE_CONTENTION, and what `prepare` or the store throws. After an error
   *   of the store the commit may still land: read the table again before anything is done twice.
   */
  async commit(
    operation: string,
    prepare: (state: TableState) => readonly Action[] | undefined,
  ): Promise<number | undefined> {
    const { wait = delay, random = Math.random } = this.#options;
    // Names this commit in its entry, so that it is known again when the reply to the put was lost.
    const id = randomUUID();
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const outcome = await this.#exclusively(async () => {
        if (attempt > 0 || this.#isOlderThan(staleAfterMs)) await this.#catchUp();
        const actions = prepare(this.#state);
        return actions === undefined ? 'nothing' : await this.#put(id, operation, actions);
      });
      if (outcome === 'nothing') return undefined;
      if (outcome !== 'conflict') {
        await this.#checkpointWhenDue(outcome);
        return outcome;
      }
      // Longer and more spread with each loss: as many writers as the store has room for stay in the race.
      await wait(random() * Math.min(firstBackoffMs * 2 ** Math.min(attempt, 10), maxBackoffMs));
    }
    throw new TonearmError(
      'TNA_LAKE_CONTENTION',
      `Table ${this.#options.table} was committed to by others ${maxAttempts} times in a row.`,
      { remedy: 'Run fewer writers on this table, or raise TONEARM_FLUSH_SECONDS.' },
    );
  }

  /** Writes a checkpoint of the present version. Whoever opens the table reads it and the entries after it. */
  async checkpoint(): Promise<void> {
    const { store, table, stagingDirectory, clock } = this.#options;
    const { version } = this.#state;
    const actions = this.#state.toActions(clock());
    await writeCheckpoint(store, table, version, actions, stagingDirectory);
  }

  /** One try to take the next version. */
  async #put(
    id: string,
    operation: string,
    actions: readonly Action[],
  ): Promise<number | 'conflict'> {
    const { store, table, clock } = this.#options;
    const version = this.#state.version + 1;
    const timestamp = clock();
    const entry: Action[] = [
      { commitInfo: { timestamp, operation, engineInfo: 'tonearm', txnId: id } },
      ...actions,
    ];
    let failure: { error: unknown } | undefined;
    const won = await store
      .putIfAbsent(this.#entry(version), encodeActions(entry))
      .catch((error: unknown) => {
        failure = { error };
        return false;
      });
    if (this.#isOlderThan(stalledAfterMs)) {
      this.#state = new TableState();
      throw new TonearmError(
        'TNA_LAKE_CONTENTION',
        `This process stood still for more than a day in the middle of a commit to table ${table}.`,
        { remedy: 'Nothing is lost: start again from what the table holds.' },
      );
    }
    if (!won) {
      // Taken by another writer, or by us when the store wrote but its reply was lost.
      const bytes = await store.get(this.#entry(version));
      if (bytes === undefined) {
        if (failure !== undefined) throw failure.error;
        throw this.#corrupt(
          version,
          new Error('The store refuses the entry, but does not have it.'),
        );
      }
      const found = this.#apply(version, bytes);
      if (commitId(found) !== id) return 'conflict';
    } else {
      this.#state.apply(version, entry);
    }
    this.#knownAt = timestamp;
    return version;
  }

  async #catchUp(): Promise<TableState> {
    const { store, clock } = this.#options;
    const now = clock();
    if (this.#state.version < 0 || this.#isOlderThan(staleAfterMs)) await this.#loadCheckpoint();
    for (let ahead = 1; ; ahead = Math.min(ahead * 2, maxReadAhead)) {
      const first = this.#state.version + 1;
      const versions = Array.from({ length: ahead }, (_, index) => first + index);
      const entries = await Promise.all(versions.map((version) => store.get(this.#entry(version))));
      for (const [index, bytes] of entries.entries()) {
        if (bytes === undefined) {
          this.#knownAt = now;
          return this.#state;
        }
        this.#apply(first + index, bytes);
      }
    }
  }

  #apply(version: number, bytes: Uint8Array): Action[] {
    try {
      const actions = decodeActions(bytes);
      this.#state.apply(version, actions);
      return actions;
    } catch (error) {
      throw error instanceof TonearmError ? error : this.#corrupt(version, error);
    }
  }

  #corrupt(version: number, cause: unknown): TonearmError {
    const { store, table } = this.#options;
    return new TonearmError(
      'TNA_LAKE_LOG_CORRUPT',
      `Entry ${version} of the log of table ${table} cannot be read.`,
      { cause, remedy: `Restore ${store.location(this.#entry(version))} from a backup.` },
    );
  }

  /** Starts over from the newest checkpoint when it is ahead: the entries before it may be gone. */
  async #loadCheckpoint(): Promise<void> {
    const { store, table, stagingDirectory } = this.#options;
    const last = await readLastCheckpoint(store, table);
    if (last === undefined || last.version <= this.#state.version) return;
    const state = new TableState();
    const actions = await readCheckpoint(store, table, last.version, stagingDirectory);
    state.apply(last.version, actions);
    this.#state = state;
  }

  /** The commit stands whether or not its checkpoint can be written: the log itself is whole. */
  async #checkpointWhenDue(version: number): Promise<void> {
    if (!checkpointIsDue(version, this.#state.size, this.#options.checkpointInterval)) return;
    try {
      await this.checkpoint();
      this.checkpointFailure = undefined;
    } catch (error) {
      this.checkpointFailure = error;
    }
  }

  #isOlderThan(ms: number): boolean {
    return this.#options.clock() - this.#knownAt > ms;
  }

  #entry(version: number): string {
    return `${this.#options.table}/_delta_log/${versionName(version)}.json`;
  }

  /** Runs one piece of work at a time, in the order of the calls. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
