import { type CsrMatrix, columnCounts, fromCells } from './csr-matrix.ts';
import { isDisliked, type ListenerTrack, preferenceWeight } from './signals.ts';

/**
 * What is known of all listeners and tracks, by columns: a hundred thousand listeners with twenty million
 * tracks fit in memory so. Row l of `matrix` holds the tracks of listener l; the arrays "by cell" go with its cells.
 */
export interface Taste {
  readonly listeners: readonly string[];
  /** By falling number of listeners: the number of a track is its place in popularity. */
  readonly tracks: readonly string[];
  /** By track: who has played it. */
  readonly listenersOf: Int32Array;
  /** By track: its artist, as a number. */
  readonly artists: Int32Array;
  /** By track: its genre, as a number; −1 where none is known. */
  readonly genres: Int32Array;
  /** How much a listener's plays say for a track. 0: known, and says nothing, or is disliked. */
  readonly matrix: CsrMatrix;
  /** By cell: plays of at least 30 s. */
  readonly streams: Int32Array;
  /** By cell: 1 where the listener dislikes the track. */
  readonly disliked: Uint8Array;
  /** By cell: epoch day of the first play. */
  readonly firstDays: Int32Array;
}

/** The same from rows. Listeners keep the order of their first row. */
export function toTaste(
  rows: readonly ListenerTrack[],
  options: { today: number; genreOf?: (track: string) => string | undefined },
): Taste {
  const byListener = Map.groupBy(rows, (row) => row.user);
  const heardBy = new Map<string, number>();
  for (const { track } of rows) heardBy.set(track, (heardBy.get(track) ?? 0) + 1);
  const tracks = [...heardBy.keys()].sort(
    (a, b) => heardBy.get(b)! - heardBy.get(a)! || (a < b ? -1 : 1),
  );
  const placeOf = new Map(tracks.map((track, place) => [track, place]));
  const artistOf = new Map(rows.map((row) => [row.track, row.artist]));
  const ordered = [...byListener.values()].flatMap((own) =>
    own.sort((a, b) => placeOf.get(a.track)! - placeOf.get(b.track)!),
  );
  const listeners = [...byListener.keys()];
  const listenerPlace = new Map(listeners.map((name, place) => [name, place]));
  const matrix = fromCells(listeners.length, tracks.length, {
    row: ordered.map((row) => listenerPlace.get(row.user)!),
    column: ordered.map((row) => placeOf.get(row.track)!),
    value: ordered.map((row) => preferenceWeight(row, options.today)),
  });
  return {
    listeners,
    tracks,
    listenersOf: columnCounts(matrix),
    artists: numbered(tracks.map((track) => artistOf.get(track))),
    genres: numbered(tracks.map((track) => options.genreOf?.(track))),
    matrix,
    streams: Int32Array.from(ordered, (row) => row.streams),
    disliked: Uint8Array.from(ordered, (row) => (isDisliked(row) ? 1 : 0)),
    firstDays: Int32Array.from(ordered, (row) => row.firstPlayedDay ?? row.lastPlayedDay),
  };
}

/** Every distinct name as a number, −1 for none. */
export function numbered(names: readonly (string | undefined)[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(names, (name) => {
    if (name === undefined) return -1;
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  });
}
