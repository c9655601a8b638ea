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

/** Lists of some listeners of the tier that was chosen; the portable one serves whom it left out. */
const listsOf = (users: string) => `
  chosen as (
    from gold.recommendations
    where user_id in (${users}) and (select bool_or(tier = 'quality') filter (is_chosen) from gold.recommendation_choice)
  ),
  lists as (
    select * exclude (built_from_version) from chosen
    union all by name
    select * exclude (built_from_version) from gold.user_recommendations
    where user_id in (${users}) and user_id not in (select user_id from chosen)
  )`;

/**
 * A listener's list, ordered anew by how adventurous they feel: at 0 tracks of artists that they know and
 * popular ones come first, at 1 the opposite, at 0.5 the list is as it was computed.
 */
export async function recommendationsFor(
  marts: Marts,
  user: string,
  options: { adventure: number; newArtists: boolean; limit: number },
): Promise<Recommended[]> {
  const rows = await marts.query<Omit<Recommended, 'because'> & Reasons>(
    `with ${listsOf('$user')},
     own as (
       select *, max(rank) over () as length,
         0.6 * (not is_new_artist)::integer + 0.4 * popularity as familiarity
       from lists
     )
     select row_number() over (order by value desc, rank) as rank, track_id, track, artist, genre, source,
       because_track_id, because_track, because_artist, also_because_track_id, also_because_track,
       also_because_artist, is_new_artist, popularity, listeners
     from (
       select *, 1 - rank / length + 3 * (0.5 - $adventure::double) * familiarity as value
       from own where not $newArtists or is_new_artist
     ) order by 1 limit $limit`,
    { user, ...options },
  );
  return rows.map(withReasons);
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
    `select track_id, track, artist, genre from gold.track_catalogue
     where contains(lower(track || ' ' || artist), lower($q)) and listeners >= $smallestGroup
     order by place limit $limit`,
    { q, limit, smallestGroup },
  );

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
    'select track_id, track, artist, genre from gold.track_catalogue where track_id = $id and listeners >= $smallestGroup',
    { id, smallestGroup },
  );
  if (track === undefined) return undefined;
  const items = await marts.query<Track>(
    `select other.track_id, other.track, other.artist, other.genre
     from gold.track_similarity as pair
     join gold.track_catalogue as other on other.track_id = pair.similar_track_id
     where pair.track_id = $id and other.listeners >= $smallestGroup
     order by pair.rank limit $limit`,
    { id, limit, smallestGroup },
  );
  if (items.length > 0) return { track, source: 'taste', items };
  const popular = await marts.query<Track>(
    `select track_id, track, artist, genre from gold.track_catalogue
     where track_id <> $id and (artist = $artist or genre = $genre) and listeners >= $smallestGroup
     order by artist = $artist desc, place limit $limit`,
    { id, artist: track.artist, genre: track.genre, limit, smallestGroup },
  );
  return { track, source: 'popular', items: popular };
}

export interface Blend {
  readonly shared_artists: string[];
  readonly items: (Track & { readonly for_both: boolean })[];
}

/** What two listeners may like together: what is in both lists first, by the lower of the two places. */
export async function blendOf(
  marts: Marts,
  user: string,
  other: string,
  limit: number,
): Promise<Blend> {
  const items = await marts.query<Track & { for_both: boolean }>(
    `with ${listsOf('$user, $other')},
     known as (select distinct track_id from gold.listener_taste where user_id in ($user, $other))
     select track_id, any_value(track) as track, any_value(artist) as artist,
       any_value(genre) as genre, count(*) = 2 as for_both
     from lists where track_id not in (from known)
     group by track_id order by for_both desc, max(rank), track_id limit $limit`,
    { user, other, limit },
  );
  const shared = await marts.query<{ artist: string }>(
    `with own as (
       select user_id, artist_key, sum(streams) as streams from gold.listener_taste
       where user_id in ($user, $other) group by all having sum(streams) > 0
     )
     select (select any_value(artist) from gold.track_catalogue as named
         where named.artist_key = own.artist_key) as artist
     from own group by artist_key having count(*) = 2
     order by min(streams) desc, artist_key limit 5`,
    { user, other },
  );
  return { shared_artists: shared.map((row) => row.artist).filter((name) => name !== null), items };
}
