/** Rows of a mart become Parquet files in the order in which readers ask for them. */
import { readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../duckdb.ts';
import { filesOf } from './mart-parts.ts';

/** A reader unpacks a whole group; more of them cost more to look through. */
export const rowsOfGroup = 32_768;
/** Of tables that are asked for one listener or one track: a reader who picks their file has few groups to look through. */
const rowsOfLookUpGroup = 8_192;
const groupsOfFile = 32;

/** Readers ask for one listener, or for a span of days: rows that go together lie together. */
export const sortedBy = (table: string): string =>
  ({
    artist_popularity: 'day, rank',
    daily_breakdown: 'kind, day, plays desc',
    daily_discovery: 'day, days_known',
    listener_plays: 'user_id, timestamp',
    pipeline_health: 'started_at',
    recommendation_choice: 'ndcg desc',
    retention: 'cohort_month, months_since',
    session_lengths: 'day, minutes_from',
    track_catalogue: 'track_id',
    track_charts: 'period, period_start, rank',
    track_similarity: 'track_id, rank',
    volume_anomalies: 'topic, hour',
    recommendations: 'user_id, rank',
    user_recommendations: 'user_id, rank',
  })[table] ?? 'user_id';

/**
 * Writes rows in the order in which readers ask for them: one file, or several of a table that is asked for one listener or
 * one track, each of which holds few of them.
 * @param query of the rows, which ends before an order
 * @param given.rows how many they are, about
 * @param given.file name of the file; several are called after it
 */
export async function writeRows(
  connection: DuckDBConnection,
  query: string,
  given: { table: string; rows: number; file: string; directory: string },
): Promise<{ rows: number; slices?: number }> {
  const { table, file, directory } = given;
  const order = sortedBy(table);
  const isLookedUp = /^(user|track)_id\b/.test(order);
  const group = isLookedUp ? rowsOfLookUpGroup : rowsOfGroup;
  const options = `format parquet, compression zstd, row_group_size ${group}`;
  const copy = async (to: string, more = '') => {
    const read = await connection.runAndReadAll(
      `copy (${query} order by ${order}) to ${literal(to)} (${options}${more})`,
    );
    return Number(read.getRows()[0]![0]);
  };
  if (!isLookedUp || given.rows <= group * groupsOfFile) {
    return { rows: await copy(join(directory, file)) };
  }
  const folder = join(directory, `${file}.slices`);
  // Several threads write their rows into whichever file is open: a listener would lie in more than one.
  await connection.run('set threads = 1');
  const rows = await copy(folder, `, row_groups_per_file ${groupsOfFile}`);
  await connection.run('reset threads');
  const slices = (await readdir(folder)).length;
  for (const [place, name] of filesOf({ file, slices }).entries()) {
    await rename(join(folder, `data_${place}.parquet`), join(directory, name));
  }
  await rmdir(folder);
  return { rows, slices };
}
