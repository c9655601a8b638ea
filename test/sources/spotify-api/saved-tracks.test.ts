import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpotifyClient } from '../../../src/sources/spotify-api/client.ts';
import { compareLikes, readLikes } from '../../../src/sources/spotify-api/saved-tracks.ts';

const liked = (number: number) => ({
  added_at: new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString(),
  track: { uri: `spotify:track:${number}`, name: `Song ${number}`, artists: [{ name: 'Björk' }] },
});

/** A client over a list of likes; `between` may change the list after each request. */
function clientOf(list: number[], between: (asked: number) => void = () => undefined) {
  let asked = 0;
  const savedTracks = async (offset: number) => {
    const items = list.slice(offset, offset + 50).map(liked);
    const answer = { total: list.length, offset, items };
    asked += 1;
    between(asked);
    return answer;
  };
  return { savedTracks } as unknown as SpotifyClient;
}

test('likes that change while their pages are read are read again, and none looks taken back', async () => {
  const list = Array.from({ length: 120 }, (_, index) => 120 - index);
  const before = (await readLikes(clientOf([...list]), undefined))!;
  assert.equal(before.length, 120);
  const changed = clientOf(list, (asked) => {
    // One comes and one goes between two pages: the total stays as it was, the pages shift.
    if (asked !== 1) return;
    list.unshift(121);
    list.pop();
  });
  const after = (await readLikes(changed, before.slice(1)))!;
  const { liked: added, unliked } = compareLikes(before, after);
  assert.deepEqual(
    [added, unliked].map((likes) => likes.map(({ track }) => track.name)),
    [['Song 121'], ['Song 1']],
  );
});

test('a list of likes that never stands still is left for the next time', async () => {
  const list = Array.from({ length: 60 }, (_, index) => 60 - index);
  const restless = clientOf(list, (asked) => {
    list.unshift(100 + asked);
    list.pop();
  });
  assert.equal(await readLikes(restless, undefined), undefined);
});
