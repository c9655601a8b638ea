import { type Choice, choose, recommend } from './choose.ts';
import { type ColdTrack, coldStart } from './cold-start.ts';
import { transpose } from './csr-matrix.ts';
import { toInteractions } from './interactions.ts';
import { columnLengths, reasonsFor, similarityTo } from './reasons.ts';
import { isDisliked, type ListenerTrack, toPreferences } from './signals.ts';

export interface ListenerRecommendation {
  readonly user: string;
  readonly track: string;
  /** 1 is the best. */
  readonly rank: number;
  /** Tracks that the listener plays and that speak most for this one; empty on a cold start. */
  readonly because: readonly string[];
  readonly source: 'taste' | 'popular';
}

export interface ListenerOptions {
  /** Epoch day that ages are counted from. */
  readonly today: number;
  readonly seed: number;
  /** Recommendations a listener. */
  readonly count: number;
  /** Tracks of one artist in a list. */
  readonly perArtist: number;
  /** What was chosen before; chosen anew when left out. */
  readonly parts?: Choice['parts'];
  /** Listeners that lists are made for; everyone when left out. */
  readonly only?: ReadonlySet<string>;
  /** Genre of a track, where one is known. */
  readonly genreOf?: (track: string) => string | undefined;
}

/** Listeners with fewer tracks that they like get popular tracks of their genres. */
const knownFrom = 3;
/** Ranked before the cap per artist thins the list. */
const reserve = 4;

/**
 * New tracks for every listener of the rows. Never what the listener has played, so never what was
 * just played or disliked; at most `perArtist` of one artist; nothing of an artist all of whose
 * tracks the listener dislikes.
 */
export function recommendForListeners(
  rows: readonly ListenerTrack[],
  options: ListenerOptions,
): { recommendations: ListenerRecommendation[]; choice: Choice | undefined } {
  if (rows.length === 0) return { recommendations: [], choice: undefined };
  const data = toInteractions(toPreferences(rows, options.today));
  const artistOf = new Map(rows.map((row) => [row.track, row.artist]));
  const choice =
    options.parts === undefined ? choose(data.matrix, { seed: options.seed }) : undefined;
  const wanted = (name: string) => options.only?.has(name) !== false;
  const ranked = recommend(data.matrix, choice?.parts ?? options.parts!, {
    seed: options.seed,
    count: options.count * reserve,
    only: new Set(data.users.flatMap((name, user) => (wanted(name) ? [user] : []))),
  });
  const byItem = transpose(data.matrix);
  const lengths = columnLengths(data.matrix);
  const similar = new Map<number, Map<number, number>>();
  const trackIndex = new Map(data.items.map((track, index) => [track, index]));
  const catalogue = data.items.map(
    (track, item): ColdTrack => ({
      track,
      genre: options.genreOf?.(track),
      listeners: byItem.starts[item + 1]! - byItem.starts[item]!,
    }),
  );
  const rowsOf = Map.groupBy(rows, (row) => row.user);

  const recommendations = data.users.flatMap((name, user) => {
    if (!wanted(name)) return [];
    const own = rowsOf.get(name)!;
    const liked = own.filter((row) => !isDisliked(row) && row.streams > 0);
    const source = liked.length < knownFrom ? 'popular' : 'taste';
    const seen = new Set(own.map((row) => row.track));
    const tracks =
      source === 'popular'
        ? coldStart(catalogue, genreShares(liked, options), {
            count: options.count * reserve,
            without: seen,
          })
        : [...ranked.items.subarray(user * ranked.count, (user + 1) * ranked.count)]
            .filter((item) => item >= 0)
            .map((item) => data.items[item]!);
    return capArtists(tracks, artistOf, dislikedArtists(own), options).map(
      (track, place): ListenerRecommendation => {
        const item = trackIndex.get(track)!;
        if (source === 'taste' && !similar.has(item)) {
          similar.set(item, similarityTo(item, data.matrix, byItem, lengths));
        }
        const because = source === 'taste' ? reasonsFor(user, similar.get(item)!, data.matrix) : [];
        return {
          user: name,
          track,
          rank: place + 1,
          because: because.map((one) => data.items[one]!),
          source,
        };
      },
    );
  });
  return { recommendations, choice };
}

/** Share of the streams that each genre has. */
function genreShares(
  rows: readonly ListenerTrack[],
  { genreOf }: ListenerOptions,
): Map<string, number> {
  const shares = new Map<string, number>();
  const total = rows.reduce((sum, row) => sum + row.streams, 0) || 1;
  for (const row of rows) {
    const genre = genreOf?.(row.track);
    if (genre !== undefined) shares.set(genre, (shares.get(genre) ?? 0) + row.streams / total);
  }
  return shares;
}

/** Artists with two or more tracks that the listener has met and dislikes every one of. */
function dislikedArtists(rows: readonly ListenerTrack[]): Set<string> {
  const verdicts = Map.groupBy(rows, (row) => row.artist);
  return new Set(
    [...verdicts]
      .filter(([, own]) => own.length > 1 && own.every(isDisliked))
      .map(([artist]) => artist),
  );
}

function capArtists(
  tracks: readonly string[],
  artistOf: ReadonlyMap<string, string>,
  without: ReadonlySet<string>,
  options: ListenerOptions,
): string[] {
  const taken = new Map<string, number>();
  const kept = tracks.filter((track) => {
    const artist = artistOf.get(track)!;
    const before = taken.get(artist) ?? 0;
    taken.set(artist, before + 1);
    return before < options.perArtist && !without.has(artist);
  });
  return kept.slice(0, options.count);
}
