import type { Like } from './account-state.ts';
import type { SavedTracks } from './answers.ts';
import type { SpotifyClient } from './client.ts';
import { heardTrackOf } from './heard-track.ts';

/** Times that a walk through the pages is begun anew because the list changed under it. */
const mostWalks = 3;

/**
 * All likes, newest first; undefined when nothing can have changed since `known`, or when the list
 * kept changing while it was read: half a list would look like likes taken back.
 */
export async function readLikes(
  client: SpotifyClient,
  known: readonly Like[] | undefined,
): Promise<Like[] | undefined> {
  let first = await client.savedTracks(0);
  if (known !== undefined && isUnchanged(first, known)) return undefined;
  for (let walk = 0; walk < mostWalks; walk += 1) {
    const likes = likesOf(first);
    let items = first.items.length;
    let page = first;
    while (items < first.total && page.items.length > 0) {
      page = await client.savedTracks(items);
      if (page.total !== first.total) break;
      likes.push(...likesOf(page));
      items += page.items.length;
    }
    // A like that was added and one that was taken back while walking leave the total as it was.
    const again = items > first.items.length ? await client.savedTracks(0) : first;
    if (items >= first.total && page.total === first.total && sameFirstPage(first, again))
      return likes;
    first = again;
  }
  return undefined;
}

const key = ({ track, addedAt }: Like) => `${track.uri}\n${addedAt}`;

function isUnchanged(first: SavedTracks, known: readonly Like[]): boolean {
  const newest = known.slice(0, first.items.length).map(key);
  return (
    first.total === known.length && likesOf(first).every((one, index) => key(one) === newest[index])
  );
}

const sameFirstPage = (a: SavedTracks, b: SavedTracks): boolean =>
  a.total === b.total && likesOf(a).map(key).join() === likesOf(b).map(key).join();

/** Items whose track is gone or has no name keep their place, so that totals can be compared. */
function likesOf(page: SavedTracks): Like[] {
  return page.items.map(({ added_at, track }) => ({
    track: (track && heardTrackOf(track)) ?? { uri: track?.uri ?? '', name: '', artist: '' },
    addedAt: Date.parse(added_at),
  }));
}

/** What changed from one reading of the likes to the next. */
export function compareLikes(
  known: readonly Like[],
  now: readonly Like[],
): { liked: Like[]; unliked: Like[] } {
  const named = (likes: readonly Like[]) => likes.filter(({ track }) => track.name !== '');
  const before = new Set(named(known).map(key));
  const uris = new Set(now.map(({ track }) => track.uri));
  return {
    liked: named(now).filter((one) => !before.has(key(one))),
    unliked: named(known).filter(({ track }) => !uris.has(track.uri)),
  };
}
