import { type KeyedRows, nullable, textOrNull } from './keyed-rows.ts';
import { compareBytes } from './listener-history.ts';
import { listenerSummary } from './listener-queries.ts';
import type { Marts } from './marts.ts';

interface Track {
  readonly track_id: string;
  readonly track: string;
  readonly artist: string;
  readonly genre: string | null;
}

export interface Recommended extends Track {
  readonly rank: number;
  readonly source: 'taste' | 'popular';
  readonly because: { track_id: string; track: string; artist: string }[];
  readonly is_new_artist: boolean;
  readonly popularity: number;
  readonly listeners: number;
}

interface Reasons {
  readonly because_track_id: string | null;
  readonly because_track: string | null;
  readonly because_artist: string | null;
  readonly also_because_track_id: string | null;
  readonly also_because_track: string | null;
  readonly also_because_artist: string | null;
}

export interface Choice {
  readonly tier: 'portable' | 'quality' | 'popularity';
  readonly method: string;
  readonly is_chosen: boolean;
  readonly reason: string;
  readonly ndcg: number | null;
  readonly recall_10: number | null;
  readonly recall_20: number | null;
  readonly coverage: number | null;
  readonly listeners: number | null;
  readonly chosen_at: string;
}

/** The ways to recommend that were judged, best first; empty before the first choice. */
export const recommendationChoice = (marts: Marts): Promise<Choice[]> =>
  marts.query(
    `select tier, method, is_chosen, reason, ndcg, recall_10, recall_20, coverage, listeners, chosen_at
     from gold.recommendation_choice order by ndcg desc nulls last`,
    {},
  );

type ListTable = 'recommendations' | 'user_recommendations';
type Listed = Track & { readonly rank: number };
type ListRow = Omit<Recommended, 'because'> & Reasons;

const reasons = [
  'because_track_id',
  'because_track',
  'because_artist',
  'also_because_track_id',
  'also_because_track',
  'also_because_artist',
] as const satisfies readonly (keyof Reasons)[];

const namedColumns = ['rank', 'track_id', 'track', 'artist', nullable('genre')] as const;

/** What a blend needs of a list. */
const named = (table: ListTable): KeyedRows<Listed> => ({
  table,
  key: 'user_id',
  columns: namedColumns,
  rowOf: (texts) => ({
    rank: Number(texts[0]),
    track_id: texts[1]!,
    track: texts[2]!,
    artist: texts[3]!,
    genre: textOrNull(texts[4]!),
  }),
});

const listed = (table: ListTable): KeyedRows<ListRow> => ({
  table,
  key: 'user_id',
  columns: [
    ...namedColumns,
    'source',
    ...reasons.map(nullable),
    'is_new_artist',
    'popularity',
    'listeners',
  ],
  rowOf: (texts) => ({
    ...named(table).rowOf(texts),
    source: texts[5] as ListRow['source'],
    because_track_id: textOrNull(texts[6]!),
    because_track: textOrNull(texts[7]!),
    because_artist: textOrNull(texts[8]!),
    also_because_track_id: textOrNull(texts[9]!),
    also_because_track: textOrNull(texts[10]!),
    also_because_artist: textOrNull(texts[11]!),
    is_new_artist: texts[12] === 'true',
    popularity: Number(texts[13]),
    listeners: Number(texts[14]),
  }),
});

/** A listener's list of the tier that was chosen; the portable one where that left them out. In its order. */
async function listOf<Row extends Listed>(
  marts: Marts,
  user: string,
  rowsOf: (table: ListTable) => KeyedRows<Row>,
): Promise<Row[]> {
  const chosen = marts.showsQualityLists ? await marts.keyed(rowsOf('recommendations'), user) : [];
  const list = chosen.length > 0 ? chosen : await marts.keyed(rowsOf('user_recommendations'), user);
  return list.sort((one, other) => one.rank - other.rank);
}

/**
 * A listener's list, ordered anew by how adventurous they feel: at 0 tracks of artists that they know and
 * popular ones come first, at 1 the opposite, at 0.5 the list is as it was computed.
 */
export async function recommendationsFor(
  marts: Marts,
  user: string,
  { adventure, newArtists, limit }: { adventure: number; newArtists: boolean; limit: number },
): Promise<Recommended[]> {
  const list = await listOf(marts, user, listed);
  const length = list.at(-1)?.rank ?? 0;
  const worth = ({ rank, is_new_artist: isNew, popularity }: ListRow) =>
    1 - rank / length + 3 * (0.5 - adventure) * (0.6 * Number(!isNew) + 0.4 * popularity);
  return list
    .filter((row) => !newArtists || row.is_new_artist)
    .map((row) => ({ row, value: worth(row) }))
    .sort((one, other) => other.value - one.value || one.row.rank - other.row.rank)
    .slice(0, limit)
    .map(({ row }, index) => withReasons({ ...row, rank: index + 1 }));
}

function withReasons<T extends Reasons>({
  because_track_id: first,
  because_track,
  because_artist,
  also_because_track_id: second,
  also_because_track,
  also_because_artist,
  ...row
}: T) {
  return {
    ...row,
    because: [
      ...(first === null
        ? []
        : [{ track_id: first, track: because_track!, artist: because_artist! }]),
      ...(second === null
        ? []
        : [{ track_id: second, track: also_because_track!, artist: also_because_artist! }]),
    ],
  };
}

/** Tracks whose name or artist contains a text, by listeners. */
export const searchTracks = (
  marts: Marts,
  q: string,
  limit: number,
  smallestGroup = 1,
): Promise<Track[]> =>
  marts.query(
    `select track_id, track, artist, genre from gold.tracks
     where contains(searched, lower($q)) and listeners >= $smallestGroup
     order by place limit $limit`,
    { q, limit, smallestGroup },
  );

/** Tracks by their ids, without those that too few listen to. */
async function tracksOf(
  marts: Marts,
  ids: readonly string[],
  smallestGroup: number,
): Promise<Map<string, Track>> {
  const known = await marts.query<Track>(
    `select track_id, track, artist, genre from gold.tracks
     where listeners >= $smallestGroup and track_id in (${ids.map((_, place) => `$t${place}`).join(', ')})`,
    { smallestGroup, ...Object.fromEntries(ids.map((id, place) => [`t${place}`, id])) },
  );
  return new Map(known.map((one) => [one.track_id, one]));
}

/**
 * Tracks that go with a track; where nobody else plays it, more of its artist and what is popular in its genre.
 * Undefined for a track that nobody has streamed.
 */
export async function similarTracks(
  marts: Marts,
  id: string,
  limit: number,
  smallestGroup = 1,
): Promise<{ track: Track; source: 'taste' | 'popular'; items: Track[] } | undefined> {
  const [track] = await marts.query<Track>(
    'select track_id, track, artist, genre from gold.tracks where track_id = $id and listeners >= $smallestGroup',
    { id, smallestGroup },
  );
  if (track === undefined) return undefined;
  const pairs = await marts.query<{ id: string }>(
    `select similar_track_id as id from ${marts.rowsOf('track_similarity', id)} where track_id = $id
     order by rank`,
    { id },
  );
  const items: Track[] = [];
  // A join would make a hash table of all tracks, and most are shown as they come.
  for (let from = 0; from < pairs.length && items.length < limit; from += limit) {
    const ids = pairs.slice(from, from + limit).map((pair) => pair.id);
    const known = await tracksOf(marts, ids, smallestGroup);
    items.push(...ids.flatMap((one) => known.get(one) ?? []));
  }
  if (items.length > 0) return { track, source: 'taste', items: items.slice(0, limit) };
  const popular = await marts.query<Track>(
    `select track_id, track, artist, genre from gold.tracks
     where track_id <> $id and (artist = $artist or genre = $genre) and listeners >= $smallestGroup
     order by artist = $artist desc, place limit $limit`,
    { id, artist: track.artist, genre: track.genre, limit, smallestGroup },
  );
  return { track, source: 'popular', items: popular };
}

export interface Blend {
  readonly shared_artists: string[];
  readonly items: (Track & { readonly for_both: boolean; readonly list_of: string | null })[];
}

/**
 * What two listeners may like together: what is in both lists first, by the lower of the two places; then the
 * best of each list by turns.
 */
export async function blendOf(
  marts: Marts,
  user: string,
  other: string,
  limit: number,
): Promise<Blend> {
  const [own, others, taste, otherTaste] = await Promise.all([
    listOf(marts, user, named),
    user === other ? [] : listOf(marts, other, named),
    marts.keyed(tasteRows, user),
    user === other ? [] : marts.keyed(tasteRows, other),
  ]);
  const known = new Set([...taste, ...otherTaste].map(([track]) => track));
  const placed = new Map<string, { row: Listed; lists: string[]; place: number }>();
  const lists = [
    { of: user, rows: own },
    { of: other, rows: others },
  ];
  for (const { of, rows } of lists) {
    for (const row of rows) {
      if (known.has(row.track_id)) continue;
      const held = placed.get(row.track_id);
      placed.set(row.track_id, {
        row: held?.row ?? row,
        lists: [...(held?.lists ?? []), of],
        place: Math.max(held?.place ?? 0, row.rank),
      });
    }
  }
  const items = [...placed.values()]
    .sort(
      (a, b) =>
        b.lists.length - a.lists.length ||
        a.place - b.place ||
        (a.row.track_id < b.row.track_id ? -1 : 1),
    )
    .slice(0, limit)
    .map(({ row: { track_id, track, artist, genre }, lists }) => ({
      ...{ track_id, track, artist, genre },
      for_both: lists.length === 2,
      list_of: lists.length === 2 ? null : lists[0]!,
    }));
  return { shared_artists: await sharedArtists(marts, taste, otherTaste), items };
}

/** The first of these of whom the marts hold neither a play nor a list; undefined when all are known. */
export async function unknownListener(
  marts: Marts,
  users: readonly string[],
): Promise<string | undefined> {
  for (const user of users) {
    const isKnown =
      (await marts.keyed(tasteRows, user)).length > 0 ||
      (await listenerSummary(marts, user)) !== undefined ||
      (await listOf(marts, user, named)).length > 0;
    if (!isKnown) return user;
  }
  return undefined;
}

type Taste = readonly [trackId: string, artistKey: string, streams: number];

/** What a listener has heard or judged. */
const tasteRows: KeyedRows<Taste> = {
  table: 'listener_taste',
  key: 'user_id',
  columns: ['track_id', 'artist_key', 'streams'],
  rowOf: (texts) => [texts[0]!, texts[1]!, Number(texts[2])],
};

/** Five artists that both stream, by the lower of their streams. */
async function sharedArtists(
  marts: Marts,
  own: readonly Taste[],
  others: readonly Taste[],
): Promise<string[]> {
  const streamsOf = (taste: readonly Taste[]) => {
    const sums = new Map<string, number>();
    for (const [, artist, streams] of taste) sums.set(artist, (sums.get(artist) ?? 0) + streams);
    return sums;
  };
  const [one, other] = [streamsOf(own), streamsOf(others)];
  const shared = [...one]
    .map(([key, streams]) => ({ key, streams: Math.min(streams, other.get(key) ?? 0) }))
    .filter(({ streams }) => streams > 0)
    .sort((left, right) => right.streams - left.streams || compareBytes(left.key, right.key))
    .slice(0, 5);
  if (shared.length === 0) return [];
  const names = await marts.query<{ artist_key: string; artist: string }>(
    `select artist_key, artist from gold.artist_names
     where artist_key in (${shared.map((_, place) => `$a${place}`).join(', ')})`,
    Object.fromEntries(shared.map(({ key }, place) => [`a${place}`, key])),
  );
  const byKey = new Map(names.map(({ artist_key, artist }) => [artist_key, artist]));
  return shared.flatMap(({ key }) => byKey.get(key) ?? []);
}
