/** Takes a listener's rows out of a table for good: the files that hold them are rewritten, and their bytes deleted. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identifier, literal, openDuckDb } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import { type Action, type AddAction, compactedTag, rowsTag, versionTag } from './delta-actions.ts';
import { isHalfWritten } from './file-errors.ts';
import { forgottenId } from './forgotten.ts';
import { type StagedFile, stageFile } from './parquet-files.ts';
import { openReader } from './reader.ts';
import { clearStaging, stagingPath } from './staging.ts';
import { erasedActions, type LakeTable } from './table.ts';
import { rowsOf } from './table-state.ts';

/** Which rows go, as SQL over the columns of the table. */
export interface ErasureRule {
  readonly condition: string;
  /** Topic that a row counts for; SQL. */
  readonly topic: string;
  /** Column → SQL that takes the name out of rows that stay. */
  readonly cleaned?: Readonly<Record<string, string>>;
}

export interface ErasedRows {
  readonly rows: number;
  /** Files that were rewritten, or were removed as a whole. */
  readonly files: number;
  /** Files that were no part of the table any more, or never became one. */
  readonly leftovers: number;
}

/** What became of a file: its new form, or nothing where all of its rows went. */
interface Rewritten {
  readonly add: AddAction | undefined;
  readonly erased: Readonly<Record<string, number>>;
}

const attemptsAtMost = 50;

/**
 * Erases the rows of a rule. The same commit says that everything is now free of the listeners on the list
 * up to an entry: whoever has rows on the way that were not held against it can't commit them any more.
 * @param entries length of the list of forgotten listeners, this one included.
 */
export async function eraseRows(
  table: LakeTable,
  rule: ErasureRule,
  entries: number,
): Promise<ErasedRows> {
  await clearStaging(table.stagingDirectory);
  const staging = stagingPath(table.stagingDirectory, 'erasure');
  await mkdir(staging, { recursive: true });
  const seen = new Map<string, Rewritten | undefined>();
  try {
    for (let attempt = 0; attempt < attemptsAtMost; attempt += 1) {
      const { files } = await table.log.refresh();
      const fresh = [...files.values()].filter(({ path }) => !seen.has(path));
      await rewriteFiles(table, rule, fresh, staging, seen);
      const done = await commitErasure(table, seen, entries);
      if (done === undefined) continue;
      for (const { path } of done.removed) await table.store.delete(table.key(path));
      const leftovers = await deleteLeftovers(table, rule, staging);
      return { rows: done.rows, files: done.removed.length, leftovers };
    }
    throw new TonearmError(
      'TNA_LAKE_CONTENTION',
      `Table ${table.name} was committed to by others ${attemptsAtMost} times in a row.`,
      { remedy: 'Run the command again: what is done stays done.' },
    );
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Rows that a rule finds, by path inside the table. @param paths all live files when left out. */
export async function findRows(
  table: LakeTable,
  rule: ErasureRule,
  paths: readonly string[] = [...table.log.state.files.keys()],
): Promise<Map<string, { rows: number; byTopic: Record<string, number> }>> {
  const found = new Map<string, { rows: number; byTopic: Record<string, number> }>();
  if (paths.length === 0) return found;
  const pathOf = new Map(paths.map((path) => [table.store.location(table.key(path)), path]));
  const database = await openReader(table.store, { threads: '2' });
  try {
    const list = [...pathOf.keys()].map(literal).join(', ');
    const reader = await database.connection.runAndReadAll(
      `select filename, ${rule.topic} as topic, count(*)::integer as n
       from read_parquet([${list}], filename = true, hive_partitioning = false, union_by_name = true)
       where ${rule.condition}${cleanedToo(rule)} group by all`,
    );
    for (const [file, topic, rows] of reader.getRows()) {
      const path = pathOf.get(String(file))!;
      const known = found.get(path) ?? { rows: 0, byTopic: {} };
      known.rows += Number(rows);
      known.byTopic[String(topic)] = Number(rows);
      found.set(path, known);
    }
    return found;
  } finally {
    database.close();
  }
}

/** A file also counts whose rows only have to be cleaned. */
const cleanedToo = ({ cleaned = {} }: ErasureRule): string =>
  Object.entries(cleaned)
    .map(([column, sql]) => ` or ${identifier(column)} is distinct from (${sql})`)
    .join('');

async function rewriteFiles(
  table: LakeTable,
  rule: ErasureRule,
  files: readonly AddAction[],
  staging: string,
  seen: Map<string, Rewritten | undefined>,
): Promise<void> {
  const found = await findRows(
    table,
    rule,
    files.map(({ path }) => path),
  );
  const database = await openDuckDb({ threads: '2' });
  try {
    for (const file of files) {
      if (!found.has(file.path)) {
        seen.set(file.path, undefined);
        continue;
      }
      const copies = await mkdtemp(join(staging, 'file-'));
      const copy = await table.store.localCopy(table.key(file.path), copies);
      // Somebody else replaced and deleted it meanwhile: the next look at the table shows with what.
      if (copy === undefined) continue;
      const source = `read_parquet(${literal(copy)}, hive_partitioning = false)`;
      const columns = table.columns.map(({ name }) => {
        const cleaned = rule.cleaned?.[name];
        return cleaned === undefined ? identifier(name) : `${cleaned} as ${identifier(name)}`;
      });
      const folder = file.path.slice(0, file.path.lastIndexOf('/'));
      const staged = await stageFile(
        database.connection,
        `select ${columns.join(', ')} from ${source} where not coalesce(${rule.condition}, false)`,
        staging,
        `${folder}/part-${randomUUID()}.parquet`,
      );
      const counted = await database.connection.runAndReadAll(
        `select ${rule.topic}, count(*)::integer from ${source} where ${rule.condition} group by all`,
      );
      const erased = Object.fromEntries(
        counted.getRows().map(([topic, rows]) => [String(topic), Number(rows)]),
      );
      const gone = Object.values(erased).reduce((sum, rows) => sum + rows, 0);
      checkRows(table, file, staged, gone);
      const [add] = await table.upload(staged, true);
      if (add !== undefined) add.tags = keptTags(file, add);
      seen.set(file.path, { add, erased });
      await rm(copies, { recursive: true, force: true });
    }
  } finally {
    database.close();
  }
}

function checkRows(
  table: LakeTable,
  file: AddAction,
  staged: readonly StagedFile[],
  gone: number,
): void {
  const kept = staged.reduce((sum, { rows }) => sum + rows, 0);
  if (kept + gone === rowsOf(file)) return;
  throw new TonearmError(
    'TNA_LAKE_ROWS_DIFFER',
    `An erasure read ${kept + gone} rows of ${table.name}/${file.path} where the log counts ${rowsOf(file)}.`,
    { remedy: 'The file was left as it is. Check it with ./tonearm doctor.' },
  );
}

/** To those who follow the table the file is the one that it was, with fewer rows. */
function keptTags(file: AddAction, add: AddAction): Record<string, string> {
  const tags: Record<string, string> = { ...add.tags };
  for (const tag of [versionTag, compactedTag]) {
    const value = file.tags?.[tag];
    if (value !== undefined) tags[tag] = value;
  }
  return tags;
}

async function commitErasure(
  table: LakeTable,
  seen: ReadonlyMap<string, Rewritten | undefined>,
  entries: number,
): Promise<{ removed: AddAction[]; rows: number } | undefined> {
  const now = table.clock();
  let removed: AddAction[] = [];
  let rows = 0;
  let isUnseen = false;
  await table.log.commit('DELETE', (state) => {
    isUnseen = ![...state.files.keys()].every((path) => seen.has(path));
    if (isUnseen) return undefined;
    removed = [...state.files.values()].filter(({ path }) => seen.get(path) !== undefined);
    const results = removed.map(({ path }) => seen.get(path)!);
    const erased: Record<string, number> = {};
    for (const result of results) {
      for (const [topic, count] of Object.entries(result.erased)) {
        erased[topic] = (erased[topic] ?? 0) + count;
      }
    }
    rows = Object.values(erased).reduce((sum, count) => sum + count, 0);
    const known = state.transactions.get(forgottenId)?.version ?? 0;
    if (removed.length === 0 && known >= entries) return undefined;
    return [
      { txn: { appId: forgottenId, version: Math.max(known, entries), lastUpdated: now } },
      ...erasedActions(state, erased, now),
      ...removed.map((file): Action => ({ remove: removal(file, now) })),
      ...results.flatMap(({ add }) => (add === undefined ? [] : [{ add }])),
    ];
  });
  return isUnseen ? undefined : { removed, rows };
}

/** Tagged as compaction's: nobody shall look for the rows of a file whose bytes are gone. */
function removal(file: AddAction, now: number) {
  return {
    path: file.path,
    deletionTimestamp: now,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: file.partitionValues,
    size: file.size,
    tags: { ...file.tags, [rowsTag]: String(rowsOf(file)), [compactedTag]: 'true' },
  };
}

/**
 * Deletes files that are no part of the table and hold rows of the rule: replaced ones that vacuum has not
 * come to, and those of writers that could not commit. After the commit above nobody can commit them.
 */
async function deleteLeftovers(
  table: LakeTable,
  rule: ErasureRule,
  staging: string,
): Promise<number> {
  const { files } = await table.log.refresh();
  const keys: string[] = [];
  for await (const { key } of table.store.list(`${table.name}/`)) {
    const path = key.slice(table.name.length + 1);
    if (!path.startsWith('_delta_log/') && !files.has(path)) keys.push(key);
  }
  let deleted = 0;
  const database = await openDuckDb({ threads: '1' });
  try {
    for (const key of keys) {
      const copies = await mkdtemp(join(staging, 'leftover-'));
      const copy = await table.store.localCopy(key, copies);
      if (copy !== undefined && (await holdsRows(database.connection, copy, rule))) {
        await table.store.delete(key);
        table.log.state.tombstones.delete(key.slice(table.name.length + 1));
        deleted += 1;
      }
      await rm(copies, { recursive: true, force: true });
    }
  } finally {
    database.close();
  }
  return deleted;
}

/** A file that can't be read is a half-written one: nobody needs it, and nobody knows what it holds. */
async function holdsRows(
  connection: Awaited<ReturnType<typeof openDuckDb>>['connection'],
  path: string,
  rule: ErasureRule,
): Promise<boolean> {
  try {
    const reader = await connection.runAndReadAll(
      `select 1 from read_parquet(${literal(path)}, hive_partitioning = false)
       where ${rule.condition}${cleanedToo(rule)} limit 1`,
    );
    return reader.currentRowCount > 0;
  } catch (error) {
    return isHalfWritten(error) || /invalid/i.test(String(error));
  }
}
