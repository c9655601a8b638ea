/** Everything that is kept of one listener, as one zip of JSON and Parquet with a page that explains each file. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import { lakeTopics } from '../../contracts/index.ts';
import type { Config } from '../config.ts';
import { type DuckDBConnection, identifier, literal } from '../duckdb.ts';
import { IdSearch } from '../erasure/index.ts';
import { ruleFor } from '../erasure/rules.ts';
import { type Lake, openReader } from '../lake/index.ts';
import { stagingPath } from '../lake/staging.ts';
import type { EventLog } from '../log/port.ts';
import { type Accounts, reportAccounts } from '../sources/spotify-api/index.ts';
import { martFiles, readCurrentMarts, rowsOfFiles } from '../warehouse/index.ts';
import { writeJson, writeStarts } from './files.ts';
import { readme } from './readme.ts';

export interface TakeoutOptions {
  readonly config: Config;
  readonly log: EventLog;
  readonly lake: Lake;
  readonly accounts: Accounts;
  readonly user: string;
  readonly now: number;
}

/** A file of the takeout. */
export interface TakeoutFile {
  readonly name: string;
  readonly rows: number;
  /** What is in it, for the page. */
  readonly about: string;
}

/** What each mart tells of a listener. Others with a column of listeners are named by their table. */
const martsAbout: Readonly<Record<string, string>> = {
  daily_listening_stats: 'Your plays, streams, skips and listened time by day.',
  user_preferences: 'How much you listened to each artist, and what that says.',
  listener_tracks: 'Each track that you played, with first and last time.',
  listening_clock: 'When you listen: weekday and hour.',
  listener_taste: 'What the recommendations know of you: track by track.',
  user_recommendations: 'Tracks that were recommended to you, by rule.',
  recommendations: 'Tracks that were recommended to you, with the reason.',
  wrapped: 'Your years in review.',
  wrapped_tops: 'The top lists of your years in review.',
  discovery: 'How much of what you played was new to you.',
};

const topicsAbout = {
  plays: 'Each listen, skipped or not, private sessions included.',
  skips: 'The moments in which you skipped.',
  likes: 'Likes, and likes taken back.',
} as const;

/**
 * Writes the zip. Rows go from file to file: memory stays the same however long the history is.
 * @returns its files; undefined when nothing is kept of the listener, and nothing was written then.
 */
export async function writeTakeout(
  options: TakeoutOptions,
  path: string,
): Promise<TakeoutFile[] | undefined> {
  const { config } = options;
  const folder = stagingPath(config.stagingDirectory, 'takeout');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const files = await gather(options, folder);
    if (files.length === 0) return undefined;
    const zip = new yazl.ZipFile();
    const mtime = new Date(options.now);
    zip.addBuffer(Buffer.from(readme(options.user, options.now, files)), 'README.md', { mtime });
    for (const { name } of files) {
      // Parquet is packed already.
      zip.addFile(join(folder, name), name, { mtime, compress: !name.endsWith('.parquet') });
    }
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(path, { mode: 0o600 }));
    return files;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function gather(options: TakeoutOptions, folder: string): Promise<TakeoutFile[]> {
  const { config, lake, log, user } = options;
  await mkdir(join(folder, 'events'));
  await mkdir(join(folder, 'derived'));
  await lake.refresh();
  const database = await openReader(lake.store, { threads: '2' });
  const files: TakeoutFile[] = [];
  try {
    const { connection } = database;
    const add = async (name: string, query: string, about: string) => {
      const rows = await copyRows(connection, query, join(folder, name));
      if (rows === 0) return;
      files.push({ name: `${name}.json`, rows, about });
      files.push({ name: `${name}.parquet`, rows, about: `The same as ${name}.json, as Parquet.` });
    };
    for (const topic of lakeTopics) {
      const source = sourceOf(lake, topic);
      if (source === undefined) continue;
      const query = `select * from ${source} where user_id = ${literal(user)} order by "timestamp", event_id`;
      await add(`events/${topic}`, query, topicsAbout[topic]);
    }
    const starts = await writeStarts(log, user, join(folder, 'events/starts.json'));
    if (starts > 0) {
      const about = 'Beginnings of listens that the log still holds: a few hours.';
      files.push({ name: 'events/starts.json', rows: starts, about });
    }
    const letters = sourceOf(lake, 'dead_letters');
    if (letters !== undefined) {
      const { condition } = ruleFor('dead_letters', new IdSearch(user));
      const query = `select * from ${letters} where ${condition} order by received_at`;
      await add('events/refused', query, 'Records about you that were not readable, as they came.');
    }
    await addMarts(options, add);
    await addSessions(connection, config, user, add);
  } finally {
    database.close();
  }
  files.push(...(await writeSpotify(options, folder)));
  return files;
}

function sourceOf(lake: Lake, table: keyof Lake['tables']): string | undefined {
  const paths = lake.tables[table].files().filter(({ live }) => live);
  if (paths.length === 0) return undefined;
  const list = paths.map(({ path }) => literal(path)).join(', ');
  return `read_parquet([${list}], union_by_name = true, hive_partitioning = false)`;
}

async function copyRows(
  connection: DuckDBConnection,
  query: string,
  path: string,
): Promise<number> {
  const copied = await connection.runAndReadAll(
    `copy (${query}) to ${literal(`${path}.parquet`)} (format parquet, compression zstd)`,
  );
  const rows = Number(copied.getRows()[0]![0]);
  if (rows > 0) {
    await connection.run(
      `copy (from read_parquet(${literal(`${path}.parquet`)})) to ${literal(`${path}.json`)} (format json, array true)`,
    );
  } else await rm(`${path}.parquet`, { force: true });
  return rows;
}

type AddRows = (name: string, query: string, about: string) => Promise<void>;

async function addMarts({ config, user }: TakeoutOptions, add: AddRows): Promise<void> {
  const current = await readCurrentMarts(config);
  if (current === undefined) return;
  const directory = join(config.martsDirectory, current.version);
  for (const [table, files] of await martFiles(directory)) {
    const source = rowsOfFiles(files);
    const about = martsAbout[table] ?? `Rows about you of ${table}.`;
    // Tables without listeners have no such column: they are not about anybody.
    await add(
      `derived/${table}`,
      `select * from ${source} where user_id = ${literal(user)}`,
      about,
    ).catch((error) => {
      if (!/user_id/.test(String(error))) throw error;
    });
  }
}

/** Sessions are in the warehouse alone, which a build may hold at this moment: then they are left to the next time. */
async function addSessions(
  connection: DuckDBConnection,
  config: Config,
  user: string,
  add: AddRows,
): Promise<void> {
  const { path } = config.warehouse;
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  try {
    await connection.run(`attach ${literal(path)} as ${identifier('warehouse')} (read_only)`);
  } catch (error) {
    if (/lock/i.test(String(error))) return;
    throw error;
  }
  const query = `select * from warehouse.silver.sessions where user_id = ${literal(user)}`;
  await add(
    'derived/sessions',
    query,
    'Your sessions: listens with pauses of at most 30 minutes.',
  ).catch((error) => {
    if (!/does not exist/i.test(String(error))) throw error;
  });
}

/** What the account at Spotify is known by; tokens are secrets and stay out. */
async function writeSpotify(
  { accounts, user, now }: TakeoutOptions,
  folder: string,
): Promise<TakeoutFile[]> {
  const report = reportAccounts(accounts, now).find((one) => one.user === user);
  if (report === undefined) return [];
  const state = accounts.state(user);
  const likes = accounts.likes(user) ?? [];
  const { outbox: _, ...known } = state ?? { outbox: [] };
  await writeJson(join(folder, 'spotify.json'), { account: report, state: known, likes });
  const about =
    'Your connection to Spotify: since when, stretches whose plays are missing, what is remembered between two polls. No tokens.';
  return [{ name: 'spotify.json', rows: 1, about }];
}
