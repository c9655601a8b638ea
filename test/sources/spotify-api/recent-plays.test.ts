import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginningOf, gapBefore, newItems } from '../../../src/sources/spotify-api/recent-plays.ts';

const at = Date.UTC(2026, 2, 2, 8);
const song = { uri: 'spotify:track:1', name: 'Jóga', artist: 'Björk', durationMs: 200_000 };
const item = (seconds: number, track: typeof song = song) => ({
  track,
  playedAt: at + seconds * 1000,
});

test('a listen whose played_at moves by up to 90 s from one answer to the next counts once', () => {
  for (const seconds of [-90, -60, 0, 60, 90]) {
    assert.deepEqual(newItems([item(0)], [item(seconds)]), [], `${seconds} s`);
  }
  for (const seconds of [-91, 91]) {
    assert.deepEqual(newItems([item(0)], [item(seconds)]), [item(seconds)], `${seconds} s`);
  }
  const otherRelease = { ...song, uri: 'spotify:track:2', name: 'JÓGA' };
  assert.deepEqual(newItems([item(0)], [item(30, otherRelease)]), [], 'another release of it');
  const otherSong = { ...song, uri: 'spotify:track:3', name: 'Hunter' };
  assert.equal(newItems([item(0)], [item(30, otherSong)]).length, 1, 'another song');
});

test('a short track on repeat is heard as often as it is listed', () => {
  const short = { ...song, durationMs: 60_000 };
  const listed = [item(120, short), item(60, short), item(0, short)];
  assert.deepEqual(newItems([], listed), listed.toReversed());
});

test('played_at is taken for an end where the distance to the item before it is the length', () => {
  const before = item(-200);
  assert.equal(beginningOf(item(0), [before]), at, 'an item that is not listed stands as it is');
  const ends = [before, item(0)];
  assert.equal(beginningOf(ends[1]!, ends), at - 200_000);
  const starts = [item(-500), item(0), item(200)];
  assert.equal(beginningOf(starts[1]!, starts), at);
  assert.equal(beginningOf(starts[0]!, starts), at - 500_000);
});

test('a full list that does not reach back to what is known leaves a gap, and no other does', () => {
  const gap = gapBefore([item(0)], [item(7200), item(3600)], true, at + 7_300_000);
  assert.deepEqual(gap, { from: at, to: at + 3_600_000, foundAt: at + 7_300_000 });
  assert.equal(gapBefore([item(0)], [item(3600)], false, at), undefined, 'there was no more');
  assert.equal(gapBefore([item(0)], [item(3600), item(60)], true, at), undefined, 'it reaches');
  assert.equal(gapBefore([], [item(3600)], true, at), undefined, 'nothing is known yet');
});
