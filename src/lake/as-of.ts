import { TonearmError } from '../errors.ts';
import { readCheckpoint } from './checkpoint.ts';
import { type Action, decodeActions } from './delta-actions.ts';
import type { LakeFile } from './lake-file.ts';
import type { LakeTable } from './table.ts';
import { addedAt, isCompacted, rowsOf, TableState } from './table-state.ts';

/** A version of the table, or the last one committed up to a moment, ms since the epoch. */
export type AsOf = { readonly version: number } | { readonly time: number };

/**
 * Live files of a table as they were, by replaying its log. Their bytes may be gone: a vacuum
 * deletes what compaction replaced.
 * @throws TonearmError TNA_QUERY_VERSION_GONE when the log does not reach back so far, or not yet.
 */
export async function filesAsOf(table: LakeTable, asOf: AsOf): Promise<LakeFile[]> {
  const { store, name } = table;
  const entries = new Map<number, string>();
  const checkpoints: number[] = [];
  for await (const { key } of store.list(`${name}/_delta_log/`)) {
    const found = /(\d{20})\.(json|checkpoint\.parquet)$/.exec(key);
    if (found === null) continue;
    if (found[2] === 'json') entries.set(Number(found[1]), key);
    else checkpoints.push(Number(found[1]));
  }
  const state = new TableState();
  if (!entries.has(0)) {
    const oldest = Math.min(...checkpoints);
    if (Number.isFinite(oldest)) {
      const actions = await readCheckpoint(store, name, oldest, table.stagingDirectory);
      for (const action of actions) state.applyOne(oldest, action);
      state.version = oldest;
    }
    if ('time' in asOf || state.version > asOf.version)
      await requireReach(table, state, asOf, entries);
  }
  for (;;) {
    const next = state.version + 1;
    const key = entries.get(next);
    if (key === undefined || ('version' in asOf && next > asOf.version)) break;
    const actions = decodeActions((await store.get(key))!);
    if ('time' in asOf && (commitTime(actions) ?? 0) > asOf.time) break;
    state.apply(next, actions);
  }
  if ('version' in asOf && state.version < asOf.version) throw gone(name, asOf, state.version);
  return [...state.files.values()].map((file) => ({
    table: name,
    path: store.location(table.key(file.path)),
    version: addedAt(file),
    rows: rowsOf(file),
    bytes: file.size,
    live: true,
    dataChange: !isCompacted(file),
  }));
}

/** The entry of the checkpoint itself says when it was; without it nobody knows. */
async function requireReach(
  table: LakeTable,
  state: TableState,
  asOf: AsOf,
  entries: ReadonlyMap<number, string>,
): Promise<void> {
  const key = entries.get(state.version);
  const bytes = key === undefined ? undefined : await table.store.get(key);
  const time = bytes === undefined ? undefined : commitTime(decodeActions(bytes));
  if ('time' in asOf && time !== undefined && time <= asOf.time) return;
  throw gone(table.name, asOf, state.version);
}

const commitTime = (actions: readonly Action[]): number | undefined =>
  actions.flatMap((action) =>
    'commitInfo' in action ? [Number(action.commitInfo.timestamp ?? 0)] : [],
  )[0];

const gone = (table: string, asOf: AsOf, version: number): TonearmError =>
  new TonearmError(
    'TNA_QUERY_VERSION_GONE',
    `The log of ${table} does not reach ${'version' in asOf ? `version ${asOf.version}` : new Date(asOf.time).toISOString()}.`,
    { remedy: `Ask for version ${Math.max(0, version)} or a later time.` },
  );
