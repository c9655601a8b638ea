import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { RecentIds } from '../../src/live/recent-ids.ts';

const minute = 60_000;

test('an id is new once', () => {
  const ids = new RecentIds();
  assert.equal(ids.add('a', 0), true);
  assert.equal(ids.add('a', 0), false);
  assert.equal(ids.has('a'), true);
  assert.equal(ids.has('b'), false);
});

test('100,000 ids are all told apart and all recognised', () => {
  const ids = new RecentIds();
  const all = Array.from({ length: 100_000 }, () => randomUUID());
  assert.equal(all.filter((id, index) => ids.add(id, index)).length, all.length);
  assert.ok(all.every((id) => ids.has(id)));
});

test('an id is remembered for an hour and forgotten before two', () => {
  const ids = new RecentIds();
  ids.add('early', 0);
  for (let time = 0; time <= 60 * minute; time += minute) ids.add(`id ${time}`, time);
  assert.equal(ids.has('early'), true);
  for (let time = 60 * minute; time <= 120 * minute; time += minute) ids.add(`id ${time}`, time);
  assert.equal(ids.has('early'), false);
});
