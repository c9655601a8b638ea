import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api';
import { type CountRows, countRows, ItemCounts } from './item-counts.ts';
import { NewStreams } from './new-streams.ts';

/** Where the counts of each kind come from: `day`, an item, and `plays, streams, skips, ms_played, listeners`. */
const sources = {
  tracks: {
    day: 'period_start',
    item: 'track_id',
    from: "gold.track_charts where period = 'day'",
    labels: 'any_value(track), any_value(artist)',
  },
  artists: { day: 'day', item: 'artist', from: 'gold.artist_popularity where true' },
  albums: {
    day: 'day',
    item: 'item',
    from: "gold.daily_breakdown where kind = 'album'",
    labels: 'any_value(name), any_value(artist)',
  },
  genres: { day: 'day', item: 'item', from: "gold.daily_breakdown where kind = 'genre'" },
  devices: { day: 'day', item: 'item', from: "gold.daily_breakdown where kind = 'device'" },
  hours: { day: 'day', item: 'item', from: "gold.daily_breakdown where kind = 'hour'" },
  skips: { day: 'day', item: 'item', from: "gold.daily_breakdown where kind = 'skipped_at'" },
} as const;

export type CountedKind = keyof typeof sources;

/** What a track or an album is called, and whose it is. */
export type Label = readonly [name: string, artist: string];

/** Listeners who heard artists for the first time on a day, and how many pairs of the two there were. */
export interface FirstsOfDay {
  readonly pairs: number;
  readonly listeners: number;
}

/** Counts of everyone, without private plays, of one version of the marts. */
export interface EveryoneCounts {
  readonly of: Readonly<Record<CountedKind, ItemCounts>>;
  /** By the places of the items. */
  readonly labels: Readonly<Record<'tracks' | 'albums', readonly Label[]>>;
  /** By day. */
  readonly firsts: ReadonlyMap<number, FirstsOfDay>;
  /** Undefined where the version does not tell. */
  readonly newStreams: NewStreams | undefined;
}

/** Reads the counts from the tables of `gold`. */
export async function readEveryoneCounts(connection: DuckDBConnection): Promise<EveryoneCounts> {
  const of = {} as Record<CountedKind, ItemCounts>;
  const labels = { tracks: [] as Label[], albums: [] as Label[] };
  for (const kind of Object.keys(sources) as CountedKind[]) {
    const { item, from } = sources[kind];
    // An enum tells a name's place in the order of all, and must have one: account data, for one, know no albums.
    await connection.run(`create type counted_item as enum (
      select ${item} from ${from} union select '' where not exists (select 1 from ${from}) order by all)`);
    const names = await columnsOf(
      connection,
      'select unnest(enum_range(null::counted_item))::varchar',
    );
    of[kind] = await ItemCounts.of(names[0] as string[], await readRows(connection, kind));
    if (kind === 'tracks' || kind === 'albums') labels[kind] = await readLabels(connection, kind);
    await connection.run('drop type counted_item');
  }
  const [days, pairs, listeners] = await columnsOf(
    connection,
    `select day - date '1970-01-01', count(*)::integer, count(distinct user_id)::integer
     from gold.discovery where not is_private group by day`,
  );
  const firsts = new Map(
    ((days ?? []) as number[]).map((day, place): [number, FirstsOfDay] => [
      Number(day),
      { pairs: pairs![place] as number, listeners: listeners![place] as number },
    ]),
  );
  return { of, labels, firsts, newStreams: await NewStreams.read(connection) };
}

async function readRows(connection: DuckDBConnection, kind: CountedKind): Promise<CountRows> {
  const { day, item, from } = sources[kind];
  const [[count]] = (await columnsOf(connection, `select count(*)::integer from ${from}`)) as [
    [number],
  ];
  const rows = countRows(count);
  const columns = [
    rows.day,
    rows.item,
    rows.plays,
    rows.streams,
    rows.skips,
    rows.listeners,
    rows.msPlayed,
  ];
  const whole = (column: string) => `coalesce(${column}, 0)::integer`;
  const result = await connection.stream(
    `select (${day} - date '1970-01-01')::integer, enum_code(${item}::counted_item)::integer,
       ${['plays', 'streams', 'skips', 'listeners'].map(whole).join(', ')}, coalesce(ms_played, 0)::double
     from ${from}`,
  );
  for (let length = 0; ; ) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return rows;
    for (const [place, column] of columns.entries()) {
      column.set(numbersOf(chunk.getColumnVector(place)), length);
    }
    length += chunk.rowCount;
  }
}

/** The binding's own array of a column of numbers, none of them null: one value at a time takes several times as long. */
const numbersOf = (vector: DuckDBVector): Int32Array | Float64Array =>
  (vector as unknown as { items: Int32Array | Float64Array }).items;

async function readLabels(
  connection: DuckDBConnection,
  kind: 'tracks' | 'albums',
): Promise<Label[]> {
  const { item, from, labels } = sources[kind];
  const [names, artists] = await columnsOf(
    connection,
    `select ${labels} from ${from} group by ${item}::counted_item order by ${item}::counted_item`,
  );
  return ((names ?? []) as string[]).map((name, place) => [name, artists![place] as string]);
}

async function columnsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getColumnsJS();
}
