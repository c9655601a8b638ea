/** The actions of a Delta log entry, as the protocol names them (delta-io/delta PROTOCOL.md). */

export interface AddAction {
  path: string;
  partitionValues: Record<string, string>;
  size: number;
  modificationTime: number;
  dataChange: boolean;
  stats?: string;
  tags?: Record<string, string>;
}

export interface RemoveAction {
  path: string;
  deletionTimestamp: number;
  dataChange: boolean;
  extendedFileMetadata: boolean;
  partitionValues: Record<string, string>;
  size: number;
  tags?: Record<string, string>;
}

export interface TxnAction {
  appId: string;
  version: number;
  lastUpdated?: number;
}

export interface ProtocolAction {
  minReaderVersion: number;
  minWriterVersion: number;
}

export interface MetaDataAction {
  id: string;
  name?: string;
  description?: string;
  format: { provider: 'parquet'; options: Record<string, string> };
  schemaString: string;
  partitionColumns: string[];
  configuration: Record<string, string>;
  createdTime?: number;
}

export type Action =
  | { add: AddAction }
  | { remove: RemoveAction }
  | { txn: TxnAction }
  | { protocol: ProtocolAction }
  | { metaData: MetaDataAction }
  | { commitInfo: Record<string, unknown> };

/** Tag of every file that Tonearm adds: the version of the commit that added it. */
export const versionTag = 'tonearm.version';
/** Tag that keeps the number of rows, since `remove` carries no statistics. */
export const rowsTag = 'tonearm.rows';
/** Tag of files whose rows were in earlier files: compaction wrote them. */
export const compactedTag = 'tonearm.compacted';

/** `00000000000000000042`: how the log names version 42. */
export const versionName = (version: number): string => String(version).padStart(20, '0');

export function encodeActions(actions: readonly Action[]): Uint8Array {
  return new TextEncoder().encode(
    `${actions.map((action) => JSON.stringify(action)).join('\n')}\n`,
  );
}

export function decodeActions(bytes: Uint8Array): Action[] {
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Action);
}

/** What a writer called its commit (`commitInfo.txnId`); undefined when it gave no name. */
export function commitId(actions: readonly Action[]): unknown {
  for (const action of actions) if ('commitInfo' in action) return action.commitInfo.txnId;
  return undefined;
}
