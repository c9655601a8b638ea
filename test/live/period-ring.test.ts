import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeriodRing } from '../../src/live/period-ring.ts';

const minute = 60_000;
const now = 1000 * minute + 30_000;

test('the list has 60 minutes, oldest first, with zeros for quiet ones', () => {
  const ring = new PeriodRing(minute);
  ring.add('plays', now);
  ring.add('plays', now - 59 * minute);
  const list = ring.list(now);
  assert.equal(list.length, 60);
  assert.deepEqual(list[0], {
    start: 941 * minute,
    starts: 0,
    plays: 1,
    skips: 0,
    likes: 0,
    imported: 0,
  });
  assert.equal(list[59]?.start, 1000 * minute);
  assert.equal(
    list.reduce((sum, { plays }) => sum + plays, 0),
    2,
  );
});

test('a minute that has left the ring takes nothing from the one in its place', () => {
  const ring = new PeriodRing(minute);
  ring.add('likes', now);
  ring.add('likes', now - 60 * minute);
  assert.equal(
    ring.list(now).reduce((sum, { likes }) => sum + likes, 0),
    1,
  );
});

test('counts vanish when their minute is an hour old', () => {
  const ring = new PeriodRing(minute);
  ring.add('starts', now);
  assert.equal(ring.list(now + 59 * minute)[0]?.starts, 1);
  assert.ok(ring.list(now + 60 * minute).every(({ starts }) => starts === 0));
});
