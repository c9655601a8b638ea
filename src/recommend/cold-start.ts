/** What can be said of a listener with few plays: the genres they play, by share. */
export type GenreShares = ReadonlyMap<string, number>;

export interface ColdTrack {
  readonly track: string;
  /** The genre of the track or its artist; undefined where none is known. */
  readonly genre: string | undefined;
  readonly listeners: number;
}

/**
 * Tracks for a listener whom the methods know too little: popular ones, those of the listener's
 * genres first. A track of a genre that makes up half of the plays counts as if it had e times
 * its listeners twice over; unknown genres count as popular tracks only.
 */
export function coldStart<T extends ColdTrack>(
  tracks: readonly T[],
  genres: GenreShares,
  options: { count: number },
): T[] {
  const appeal = (track: ColdTrack) =>
    Math.log1p(track.listeners) +
    4 * (track.genre === undefined ? 0 : (genres.get(track.genre) ?? 0));
  return tracks
    .map((track) => ({ track, appeal: appeal(track) }))
    .sort((a, b) => b.appeal - a.appeal || (a.track.track < b.track.track ? -1 : 1))
    .slice(0, options.count)
    .map((one) => one.track);
}
