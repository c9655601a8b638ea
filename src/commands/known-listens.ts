import { literal } from '../duckdb.ts';
import { openLake } from '../lake/index.ts';
import {
  type ListenKind,
  listenKinds,
  type ToldListen,
} from '../sources/history-import/told-listens.ts';
import { openQuery } from '../warehouse/index.ts';
import type { CommandContext } from './context.ts';

/** Account data names no tracks of Spotify's: its ids are of our own. */
const kindOf = `case when source <> 'spotify_export' then source
  when starts_with(track_id, 'tonearm:track:') then 'account' else 'extended' end`;

/**
 * A listener's plays that the lake has, of all kinds or some: what another source tells of the same listens must
 * not count again.
 * @param since ms since the epoch; plays that began before are left out.
 */
export async function knownListens(
  { config, clock }: Pick<CommandContext, 'config' | 'clock'>,
  user: string,
  options: { kinds?: readonly ListenKind[]; since?: number } = {},
): Promise<ToldListen[]> {
  const lake = await openLake(config, clock);
  if (lake.files().every(({ rows }) => rows === 0)) return [];
  const session = await openQuery(config, lake);
  try {
    const conditions = [
      `user_id = ${literal(user)}`,
      `${kindOf} in (${(options.kinds ?? listenKinds).map(literal).join(', ')})`,
      ...(options.since === undefined
        ? []
        : [`epoch_ms("timestamp") >= ${Math.floor(options.since)}`]),
    ];
    const { rows } = await session.query(
      `select distinct on (event_id) ${kindOf} as kind, track_id, track, artist, epoch_ms("timestamp") as started_at, duration
       from bronze.plays where ${conditions.join(' and ')} order by event_id`,
    );
    return rows.map((row) => ({
      kind: row.kind as ListenKind,
      trackId: String(row.track_id),
      track: String(row.track),
      artist: String(row.artist),
      startedAt: Number(row.started_at),
      listenedMs: Number(row.duration),
    }));
  } finally {
    await session.close();
  }
}
