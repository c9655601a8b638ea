import { type Choice, choose, type FittedPart, fitParts, recommendInBlocks } from './choose.ts';
import { coldStart } from './cold-start.ts';
import type { ItemModel } from './item-model.ts';
import { findReasons, reasonsBy } from './reasons.ts';
import type { ListenerTrack } from './signals.ts';
import { type Taste, toTaste } from './taste.ts';

export interface ListenerRecommendation {
  readonly user: string;
  readonly track: string;
  /** 1 is the best. */
  readonly rank: number;
  /** Tracks that the listener plays and that speak most for this one; empty on a cold start. */
  readonly because: readonly string[];
  readonly source: 'taste' | 'popular';
}

/** Recommendations by columns: place i of every array is one of them; numbers are those of the taste. */
export interface ListenerLists {
  readonly listeners: Int32Array;
  /** 1 is the best; a listener's are one after another. */
  readonly ranks: Int32Array;
  readonly tracks: Int32Array;
  /** Tracks that the listener plays and that speak most for this one; −1 for none. */
  readonly because: Int32Array;
  readonly alsoBecause: Int32Array;
  /** 1 by what the listener plays, 0 popular tracks of their genres. */
  readonly fromTaste: Uint8Array;
}

export interface ListOptions {
  /** Recommendations a listener. */
  readonly count: number;
  /** Tracks of one artist in a list. */
  readonly perArtist: number;
  readonly parts: readonly FittedPart[];
  /** What reasons are told by; found among everybody's plays where left out. */
  readonly reasons?: readonly ItemModel[];
  /** Listeners that lists are made for, by number; everyone when left out. */
  readonly only?: ReadonlySet<number>;
}

export interface ListenerOptions extends Pick<ListOptions, 'count' | 'perArtist'> {
  readonly seed: number;
  /** Epoch day that ages are counted from. */
  readonly today: number;
  /** Genre of a track, where one is known. */
  readonly genreOf?: (track: string) => string | undefined;
}

/** Listeners with fewer tracks that they like get popular tracks of their genres. */
const knownFrom = 3;
/** Ranked before the cap per artist thins the list. */
const reserve = 4;

/** New tracks for every listener of the rows, by what `choose` finds best in them. */
export function recommendForListeners(
  rows: readonly ListenerTrack[],
  options: ListenerOptions,
): { recommendations: ListenerRecommendation[]; choice: Choice | undefined } {
  if (rows.length === 0) return { recommendations: [], choice: undefined };
  const taste = toTaste(rows, options);
  const choice = choose(taste.matrix, { seed: options.seed });
  const lists = makeLists(taste, {
    ...options,
    parts: fitParts(taste.matrix, choice.parts, options.seed),
  });
  return { recommendations: withNames(lists, taste), choice };
}

/** Lists as objects with names, for as many as fit. */
export function withNames(lists: ListenerLists, taste: Taste): ListenerRecommendation[] {
  return Array.from(lists.tracks, (track, at) => ({
    user: taste.listeners[lists.listeners[at]!]!,
    track: taste.tracks[track]!,
    rank: lists.ranks[at]!,
    because: [lists.because[at]!, lists.alsoBecause[at]!]
      .filter((one) => one >= 0)
      .map((one) => taste.tracks[one]!),
    source: lists.fromTaste[at] === 1 ? 'taste' : 'popular',
  }));
}

/**
 * New tracks for listeners. Never what the listener has played, so never what was just played or disliked; at
 * most `perArtist` of one artist; nothing of an artist all of whose tracks the listener dislikes.
 */
export function makeLists(taste: Taste, options: ListOptions): ListenerLists {
  const { matrix } = taste;
  const wanted = options.only?.size ?? matrix.rows;
  const listeners = new Int32Array(wanted * options.count);
  const [ranks, tracks] = [new Int32Array(listeners.length), new Int32Array(listeners.length)];
  const fromTaste = new Uint8Array(listeners.length);
  const inGenre = tracksByGenre(taste);
  let made = 0;
  const blocks = recommendInBlocks(options.parts, matrix, {
    count: options.count * reserve,
    only: options.only,
  });
  for (const { from, users, ranked } of blocks) {
    for (let listener = from; listener < from + users; listener += 1) {
      if (options.only?.has(listener) === false) continue;
      const isKnown = likedTracks(taste, listener) >= knownFrom;
      const place = (listener - from) * ranked.count;
      const candidates = isKnown
        ? ranked.items.subarray(place, place + ranked.count)
        : popularTracks(taste, listener, inGenre, options.count * reserve);
      let rank = 0;
      for (const track of capArtists(candidates, taste, listener, options)) {
        rank += 1;
        listeners[made] = listener;
        ranks[made] = rank;
        tracks[made] = track;
        fromTaste[made] = isKnown ? 1 : 0;
        made += 1;
      }
    }
  }
  const lists = {
    listeners: listeners.subarray(0, made),
    ranks: ranks.subarray(0, made),
    tracks: tracks.subarray(0, made),
    fromTaste: fromTaste.subarray(0, made),
  };
  const reasons =
    options.reasons === undefined
      ? findReasons(lists.listeners, lists.tracks, matrix)
      : reasonsBy(options.reasons, lists.listeners, lists.tracks, matrix);
  for (let at = 0; at < made; at += 1) {
    if (lists.fromTaste[at] === 1) continue;
    reasons.because[at] = -1;
    reasons.alsoBecause[at] = -1;
  }
  return { ...lists, ...reasons };
}

function likedTracks({ matrix, streams, disliked }: Taste, listener: number): number {
  let liked = 0;
  for (let at = matrix.starts[listener]!; at < matrix.starts[listener + 1]!; at += 1) {
    if (disliked[at] === 0 && streams[at]! > 0) liked += 1;
  }
  return liked;
}

/** The tracks of every genre, the most popular first. */
function tracksByGenre({ genres }: Taste): Map<number, number[]> {
  const groups = Map.groupBy(genres.keys(), (track) => genres[track]!);
  groups.delete(-1);
  return groups;
}

/** Cold start: popular tracks, those of the listener's genres first. Only the head of each genre can be among them. */
function popularTracks(
  taste: Taste,
  listener: number,
  inGenre: ReadonlyMap<number, readonly number[]>,
  count: number,
): number[] {
  const { matrix, streams, disliked, genres } = taste;
  const [from, to] = [matrix.starts[listener]!, matrix.starts[listener + 1]!];
  const seen = new Set(matrix.indices.subarray(from, to));
  const shares = new Map<string, number>();
  let total = 0;
  for (let at = from; at < to; at += 1) {
    if (disliked[at] === 1) continue;
    total += streams[at]!;
    const genre = String(genres[matrix.indices[at]!]!);
    if (genre !== '-1') shares.set(genre, (shares.get(genre) ?? 0) + streams[at]!);
  }
  for (const [genre, plays] of shares) shares.set(genre, plays / Math.max(1, total));
  const enough = count + seen.size;
  const heads = new Set(Array.from({ length: Math.min(enough, matrix.columns) }, (_, at) => at));
  for (const genre of shares.keys()) {
    for (const track of inGenre.get(Number(genre))!.slice(0, enough)) heads.add(track);
  }
  const found = coldStart(
    [...heads]
      .filter((track) => !seen.has(track))
      .map((track) => ({
        track: taste.tracks[track]!,
        number: track,
        genre: genres[track] === -1 ? undefined : String(genres[track]),
        listeners: taste.listenersOf[track]!,
      })),
    shares,
    { count },
  );
  return found.map((one) => one.number);
}

/** Artists with two or more tracks that the listener has met and dislikes every one of. */
function dislikedArtists(
  { matrix, disliked, artists }: Taste,
  listener: number,
): ReadonlySet<number> {
  const [from, to] = [matrix.starts[listener]!, matrix.starts[listener + 1]!];
  const counts = new Map<number, number>();
  for (let at = from; at < to; at += 1) {
    if (disliked[at] === 0) continue;
    const artist = artists[matrix.indices[at]!]!;
    counts.set(artist, (counts.get(artist) ?? 0) + 1);
  }
  for (const [artist, count] of counts) if (count < 2) counts.delete(artist);
  for (let at = from; at < to && counts.size > 0; at += 1) {
    if (disliked[at] === 0) counts.delete(artists[matrix.indices[at]!]!);
  }
  return new Set(counts.keys());
}

function capArtists(
  candidates: ArrayLike<number>,
  taste: Taste,
  listener: number,
  options: ListOptions,
): number[] {
  const without = dislikedArtists(taste, listener);
  const taken = new Map<number, number>();
  const kept: number[] = [];
  for (let at = 0; at < candidates.length && kept.length < options.count; at += 1) {
    const track = candidates[at]!;
    if (track < 0) break;
    const artist = taste.artists[track]!;
    const before = taken.get(artist) ?? 0;
    taken.set(artist, before + 1);
    if (before < options.perArtist && !without.has(artist)) kept.push(track);
  }
  return kept;
}
