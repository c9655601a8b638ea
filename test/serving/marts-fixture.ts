import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { literal, openDuckDb } from '../../src/duckdb.ts';

/** Rows of a listening day, as gold has them. */
export interface Day {
  user: string;
  day: string;
  plays: number;
  privatePlays?: number;
}

/** Every play of the fixture lasts this long, in milliseconds. */
export const playMs = 100_000;

const dailyColumns = `user_id, day, plays, streams, skips, ms_played, tracks, artists, sessions, likes,
  private_plays, private_streams, private_skips, private_ms_played, first_played_at, last_played_at`;

function dailyRow({ user, day, plays, privatePlays = 0 }: Day): string {
  const counts = (count: number) => `${count}, ${count}, 0, ${count * playMs}`;
  return `(${literal(user)}, date '${day}', ${counts(plays)}, 1, 1, 1, 0, ${counts(privatePlays)},
    timestamptz '${day} 08:00:00+00', timestamptz '${day} 20:00:00+00')`;
}

/**
 * Writes marts with the given days, and points to them. Each listener hears one track of
 * their own on Mondays at 8.
 */
export async function publishMarts(
  martsDirectory: string,
  version: string,
  publishedAt: string,
  days: readonly Day[],
): Promise<void> {
  const directory = join(martsDirectory, version);
  await mkdir(directory, { recursive: true });
  const { connection, close } = await openDuckDb();
  const write = (table: string, query: string) =>
    connection.run(
      `copy (${query}) to ${literal(join(directory, `${table}.parquet`))} (format parquet)`,
    );
  await connection.run(
    `create table daily as select * from (values ${days.map(dailyRow).join(',')}) as rows(${dailyColumns})`,
  );
  await write('daily_listening_stats', 'from daily');
  await write(
    'track_charts',
    `select 'day' as period, day as period_start, 'track-' || user_id as track_id,
       'Track of ' || user_id as track, 'Artist of ' || user_id as artist,
       plays - private_plays as streams, plays - private_plays as plays, skips, 1 as listeners,
       (plays - private_plays) * ${playMs} as ms_played,
       row_number() over (partition by day order by plays desc) as rank, null::bigint as previous_rank
     from daily where plays > private_plays`,
  );
  await write(
    'artist_popularity',
    `select day, 'Artist of ' || user_id as artist, plays - private_plays as plays,
       streams - private_streams as streams, skips, 1::bigint as listeners,
       (plays - private_plays) * ${playMs} as ms_played, 0.0::double as skip_rate, 1 as rank
     from daily where plays > private_plays`,
  );
  const ofListener = `'Artist of ' || user_id as artist, sum(plays)::bigint as plays,
    sum(streams)::bigint as streams, 0::bigint as skips`;
  const ends = 'min(first_played_at) as first_played_at, max(last_played_at) as last_played_at';
  await write(
    'user_preferences',
    `select user_id, ${ofListener}, 0.0::double as skip_rate, sum(ms_played)::bigint as ms_played,
       0::bigint as likes, 1.0::double as affinity, 1 as rank, ${ends} from daily group by user_id`,
  );
  await write(
    'listener_tracks',
    `select user_id, 'track-' || user_id as track_id, 'Track of ' || user_id as track, ${ofListener},
       null::varchar as album, sum(ms_played)::bigint as ms_played, false as liked, ${ends}
     from daily group by user_id`,
  );
  await write(
    'listening_clock',
    `select user_id, 1 as weekday, 8 as hour, sum(plays)::bigint as plays,
       sum(streams)::bigint as streams, sum(ms_played)::bigint as ms_played,
       sum(private_plays)::bigint as private_plays,
       sum(private_ms_played)::bigint as private_ms_played from daily group by user_id`,
  );
  await write(
    'listener_plays',
    `select user_id, timestamptz '2026-01-01 00:00:00+00' + (day - date '2026-01-01') * interval 1 day
         + interval 8 hour + number * interval 2 minute as timestamp, day,
       user_id || day || '-' || number as event_id, 'track-' || user_id as track_id,
       'Track of ' || user_id as track, 'artist of ' || lower(user_id) as artist_key,
       'Artist of ' || user_id as artist, 'Album of ' || user_id as album, 'pop' as genre,
       'mobile' as device, ${playMs}::bigint as ms_played, number = 0 as skipped, true as is_stream,
       number < private_plays as is_private
     from daily, lateral unnest(range(plays)) as numbers(number)`,
  );
  await write(
    'daily_breakdown',
    `select day, kind, item, item as name, null::varchar as artist, sum(plays - private_plays)::bigint as plays,
       sum(plays - private_plays)::bigint as streams, 0::bigint as skips,
       count(*) as listeners, sum(plays - private_plays)::bigint * ${playMs} as ms_played
     from daily, (values ('hour', '8'), ('device', 'mobile'), ('genre', 'pop'), ('skipped_at', '5')) as parts(kind, item)
     where plays > private_plays group by all`,
  );
  close();
  await pointTo(martsDirectory, version, publishedAt);
}

/** Swaps the pointer, as publishing does. */
export async function pointTo(
  martsDirectory: string,
  version: string,
  publishedAt: string,
): Promise<void> {
  const path = join(martsDirectory, 'current.json');
  await writeFile(`${path}.new`, JSON.stringify({ version, published_at: publishedAt }));
  await rename(`${path}.new`, path);
}
