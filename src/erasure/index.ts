/**
 * Erases a listener from everything that is kept, and proves it: the log, the lake, dead letters, the
 * warehouse, published marts, accounts and every other file. Each step can be cut short
 * anywhere and done again.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lakeTableNames } from '../../contracts/lake-tables.ts';
import { eraseRows } from '../lake/erase-rows.ts';
import { erasedValue } from '../lake/erased-records.ts';
import { ForgottenListeners } from '../lake/forgotten.ts';
import type { Lake } from '../lake/index.ts';
import type { LogErasure } from '../log/port.ts';
import type { Accounts } from '../sources/spotify-api/index.ts';
import { modelsPath, removeModels } from '../warehouse/index.ts';
import { eraseFromFiles } from './erase-files.ts';
import { eraseFromMarts } from './erase-marts.ts';
import { IdSearch } from './id-search.ts';
import { readUpTo, refusedRecords } from './log-readers.ts';
import { ruleFor } from './rules.ts';
import { type SearchedParts, type StoreSearch, searchStores } from './search-stores.ts';
import { type ErasedFromSnowflake, eraseFromSnowflake } from './snowflake.ts';

export { IdSearch } from './id-search.ts';
export { type StoreSearch, searchStores } from './search-stores.ts';

/** Writers look at the list of the forgotten at least this often, ms. */
export const noticeMs = 5000;
/** A writer that goes on after it must have noticed is none of ours. */
const logPassesAtMost = 5;
const proofAttempts = 6;

export interface ErasureOptions extends SearchedParts {
  readonly user: string;
  readonly accounts: Accounts;
  /** Tokens, people and sessions of the web app. */
  readonly access: { forget(user: string): number };
  readonly clock: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  /** Told at each step. */
  readonly onStep?: (line: string) => void;
}

export interface ErasureReport {
  /** Listed as forgotten since, RFC 3339. */
  readonly forgotten_at: string;
  readonly erased: {
    /** Topic → records of the log. */
    readonly log: Readonly<Record<string, number>>;
    /** Table → rows of the lake. */
    readonly lake: Readonly<Record<string, number>>;
    readonly lake_files: number;
    readonly mart_rows: number;
    readonly mart_versions: number;
    readonly spotify_account: boolean;
    /** Tokens, people and sessions of the web app. */
    readonly access: number;
    readonly other_files: number;
    /** Tables of Snowflake that were dropped; null on DuckDB. */
    readonly snowflake_tables: number | null;
  };
  /** Records that can still be read, by topic, since a reader has not come past them. */
  readonly readable: Readonly<Record<string, number>>;
  /** When the last bytes leave the brokers' disks at the latest, RFC 3339; null when they are gone. */
  readonly log_bytes_until: string | null;
  /** Until when Snowflake's Fail-safe may hold bytes, out of everybody's reach but Snowflake's own; null on DuckDB. */
  readonly warehouse_bytes_until: string | null;
  readonly proof: readonly StoreSearch[];
  /** Nothing was found any more, and everything could be read. */
  readonly clean: boolean;
}

/** Whether anything is known of a listener, and where. Changes nothing. */
export async function surveyListener(
  options: Pick<ErasureOptions, 'user' | 'accounts' | keyof SearchedParts>,
): Promise<{ found: StoreSearch[]; known: boolean; forgottenSince: string | undefined }> {
  const found = await searchStores(options, new IdSearch(options.user));
  const list = await ForgottenListeners.open(options.lake.store);
  const hasAccount = options.accounts.find(options.user) !== undefined;
  return {
    found,
    known: hasAccount || found.some(({ hits }) => hits > 0),
    forgottenSince: list.since(options.user),
  };
}

/**
 * Erases a listener. Hold the pipeline's lock meanwhile, and build the warehouse anew afterwards: it is
 * derived from the lake and is deleted as a whole.
 */
export async function eraseListener(options: ErasureOptions): Promise<ErasureReport> {
  const { config, lake, accounts, user, clock, wait, onStep = () => undefined } = options;
  const search = new IdSearch(user);
  const account = accounts.remove(user);
  const grants = options.access.forget(user);
  const list = await ForgottenListeners.open(lake.store);
  await list.record('forget', user, clock());
  const noticedAt = clock() + noticeMs;

  onStep('lake');
  const letters = await refusedRecords(options.log, search);
  const eraseLake = () => eraseFromLake(lake, search, letters, list.entries);
  const { rows, files } = await eraseLake();
  onStep('warehouse');
  const warehouse = await deleteWarehouse(options, search);
  onStep('marts');
  const marts = await eraseFromMarts(config, search, clock());
  onStep('log');
  await wait(Math.max(0, noticedAt - clock()));
  const log = await eraseFromLog(options, search);
  onStep('files');
  // A poll that was under way may have written once more.
  const again = accounts.remove(user);
  const changed = await eraseFromFiles(config, search);
  onStep('proof');
  const proof = await prove(options, search, eraseLake);
  return {
    forgotten_at: list.since(user)!,
    erased: {
      log: log.erased,
      lake: rows,
      lake_files: files,
      mart_rows: marts.rows,
      mart_versions: marts.versions,
      spotify_account: account || again,
      access: grants,
      other_files: changed.length,
      snowflake_tables: warehouse?.tables ?? null,
    },
    readable: log.readable,
    log_bytes_until: timeOrNull(log.bytesUntil),
    warehouse_bytes_until: timeOrNull(warehouse?.bytesUntil),
    proof,
    clean: proof.every(isClean),
  };
}

const isClean = ({ hits, unreadable }: StoreSearch): boolean => hits === 0 && unreadable === 0;

async function eraseFromLake(
  lake: Lake,
  search: IdSearch,
  letters: readonly string[],
  entries: number,
): Promise<{ rows: Record<string, number>; files: number }> {
  const rows: Record<string, number> = {};
  let files = 0;
  for (const name of lakeTableNames) {
    const done = await eraseRows(lake.tables[name], ruleFor(name, search, letters), entries);
    rows[name] = done.rows;
    files += done.files + done.leftovers;
  }
  return { rows, files };
}

/** Lets somebody in again. @returns false when they were not forgotten. */
export async function allowAgain({
  lake,
  user,
  clock,
}: Pick<ErasureOptions, 'lake' | 'user' | 'clock'>): Promise<boolean> {
  const list = await ForgottenListeners.open(lake.store);
  if (!(await list.record('allow', user, clock()))) return false;
  // Sinks at work learn of it where they look: in the tables that they commit to.
  const never = { condition: 'false', topic: "''" };
  for (const name of lakeTableNames) await eraseRows(lake.tables[name], never, list.entries);
  return true;
}

const timeOrNull = (time: number | undefined): string | null =>
  time === undefined ? null : new Date(time).toISOString();

/** The warehouse holds nothing that the lake does not: what was built of it goes whole, free pages included. */
async function deleteWarehouse(
  { config, lake, clock }: ErasureOptions,
  search: IdSearch,
): Promise<ErasedFromSnowflake | undefined> {
  // Beside Snowflake the file holds the recommendations that are computed on this machine.
  const { path } = config.warehouse;
  // Fitted on everybody's plays; a track that nobody else has played is named there.
  removeModels(modelsPath(path));
  await rm(join(config.dataDirectory, 'run', 'last-build.json'), { force: true });
  for (const end of ['', '.wal', '.tmp'])
    await rm(`${path}${end}`, { recursive: true, force: true });
  if (config.warehouse.kind !== 'snowflake') return undefined;
  await lake.refresh();
  return await eraseFromSnowflake(config.warehouse, lake.files(), search, clock());
}

/** Until a pass finds nothing: a writer may have had records in hand when the list was written. */
async function eraseFromLog(options: ErasureOptions, search: IdSearch): Promise<LogErasure> {
  const { log, wait } = options;
  const isMeant = (key: string | null, value: Uint8Array | null) => search.isInRecord(key, value);
  const erased: Record<string, number> = {};
  let last: LogErasure | undefined;
  let bytesUntil: number | undefined;
  for (let pass = 0; pass < logPassesAtMost; pass += 1) {
    if (pass > 0) await wait(1000);
    last = await log.erase({
      isMeant,
      replacement: erasedValue,
      readUpTo: await readUpTo(options),
    });
    bytesUntil = last.bytesUntil ?? bytesUntil;
    const records = Object.values(last.erased).reduce((sum, count) => sum + count, 0);
    for (const [topic, count] of Object.entries(last.erased)) {
      erased[topic] = (erased[topic] ?? 0) + count;
    }
    if (records === 0 && Object.keys(last.readable).length === 0) break;
  }
  return { erased, readable: last!.readable, bytesUntil };
}

/**
 * Searches everything; again when something turned up that is on its way out: a sink's spool, a file that a sink had
 * uploaded and could not commit any more, a record that came last.
 */
async function prove(
  options: ErasureOptions,
  search: IdSearch,
  eraseLake: () => Promise<unknown>,
): Promise<StoreSearch[]> {
  let proof = await searchStores(options, search);
  for (let attempt = 1; attempt < proofAttempts; attempt += 1) {
    if (proof.every(isClean)) break;
    await options.wait(1000);
    const isIn = (store: string) => proof.some((one) => one.store === store && one.hits > 0);
    if (isIn('log')) await eraseFromLog(options, search);
    if (isIn('lake')) await eraseLake();
    await eraseFromFiles(options.config, search);
    proof = await searchStores(options, search);
  }
  return proof;
}
