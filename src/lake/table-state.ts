import { TonearmError } from '../errors.ts';
import {
  type Action,
  type AddAction,
  compactedTag,
  type MetaDataAction,
  type ProtocolAction,
  type RemoveAction,
  rowsTag,
  type TxnAction,
  versionTag,
} from './delta-actions.ts';

/**
 * A removed file is remembered this long: a week, Delta's default (`delta.deletedFileRetentionDuration`).
 * It is more than vacuum leaves its bytes, so whoever follows the table's changes is told of it long enough.
 */
const tombstoneRetentionMs = 7 * 24 * 3_600_000;

/** What a table is at one version: the result of replaying its log (protocol: "Action Reconciliation"). */
export class TableState {
  /** Version of the newest entry that was replayed; -1 before the first. */
  version = -1;
  /** When the newest entry was committed, ms since the epoch; 0 when unknown. */
  committedAt = 0;
  protocol: ProtocolAction | undefined;
  metaData: MetaDataAction | undefined;
  readonly files = new Map<string, AddAction>();
  /** Removed files whose bytes may still be there. */
  readonly tombstones = new Map<string, RemoveAction>();
  readonly transactions = new Map<string, TxnAction>();

  /** Applies the entry of the next version. */
  apply(version: number, actions: readonly Action[]): void {
    for (const action of actions) this.applyOne(version, action);
    this.version = version;
  }

  applyOne(version: number, action: Action): void {
    if ('add' in action) {
      const tags: Record<string, string> = { [versionTag]: String(version), ...action.add.tags };
      // A checkpoint says `dataChange: false` of every file; there the tag has been set before.
      const isNew = action.add.tags?.[versionTag] === undefined;
      if (isNew && !action.add.dataChange) tags[compactedTag] = 'true';
      this.files.set(action.add.path, { ...action.add, tags });
      this.tombstones.delete(action.add.path);
    } else if ('remove' in action) {
      const tags = action.remove.tags ?? this.files.get(action.remove.path)?.tags;
      this.files.delete(action.remove.path);
      this.tombstones.set(action.remove.path, { ...action.remove, tags });
    } else if ('txn' in action) {
      this.transactions.set(action.txn.appId, action.txn);
      // A checkpoint has no commitInfo.
      this.committedAt = Math.max(this.committedAt, action.txn.lastUpdated ?? 0);
    } else if ('protocol' in action) {
      if (action.protocol.minReaderVersion > 1 || action.protocol.minWriterVersion > 2) {
        throw new TonearmError(
          'TNA_LAKE_PROTOCOL_UNSUPPORTED',
          `The table asks for Delta reader ${action.protocol.minReaderVersion}, writer ${action.protocol.minWriterVersion}; this version writes 1 and 2.`,
          { remedy: 'Undo the table feature that another tool switched on, or update Tonearm.' },
        );
      }
      this.protocol = action.protocol;
    } else if ('metaData' in action) {
      this.metaData = action.metaData;
    } else if ('commitInfo' in action) {
      this.committedAt = Number(action.commitInfo.timestamp ?? 0);
    }
  }

  /** Number of actions that a checkpoint would hold. */
  get size(): number {
    return this.files.size + this.tombstones.size + this.transactions.size;
  }

  /**
   * Everything that a checkpoint of this version must hold. Forgets files removed long ago.
   * @param now ms since the epoch.
   */
  toActions(now: number): Action[] {
    this.#forgetRemoved(now - tombstoneRetentionMs);
    return [
      ...(this.protocol ? [{ protocol: this.protocol }] : []),
      ...(this.metaData ? [{ metaData: this.metaData }] : []),
      ...[...this.transactions.values()].map((txn) => ({ txn })),
      ...[...this.tombstones.values()].map((remove) => ({ remove })),
      ...[...this.files.values()].map((add) => ({ add: { ...add, dataChange: false } })),
    ];
  }

  /**
   * Forgets files removed before a time, but for the one with rows of its own that was added last: whoever
   * follows the table's changes from an earlier version is told of a file that is gone, instead of missing it unawares.
   */
  #forgetRemoved(before: number): void {
    const old = [...this.tombstones.values()].filter((file) => file.deletionTimestamp < before);
    let last: RemoveAction | undefined;
    for (const file of old) {
      if (!isCompacted(file) && (last === undefined || addedAt(file) > addedAt(last))) last = file;
    }
    for (const file of old) if (file !== last) this.tombstones.delete(file.path);
  }
}

/** Version of the commit that added a file. */
export const addedAt = (file: { tags?: Record<string, string> }): number =>
  Number(file.tags?.[versionTag] ?? 0);

/** True when compaction wrote the file. */
export const isCompacted = (file: { tags?: Record<string, string> }): boolean =>
  file.tags?.[compactedTag] === 'true';

/** Rows of a file by its tag or statistics; 0 when it has neither. */
export function rowsOf(file: { stats?: string; tags?: Record<string, string> }): number {
  const tagged = file.tags?.[rowsTag];
  if (tagged !== undefined) return Number(tagged);
  if (file.stats === undefined) return 0;
  return Number((JSON.parse(file.stats) as { numRecords?: number }).numRecords ?? 0);
}
