import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HashCounter } from '../../../src/sources/history-import/hash-counter.ts';

test('hashes are counted as a map counts them, also those that meet in one place', () => {
  const number = fc.oneof(
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom(1024, 2048, 4_294_967_295),
  );
  const step = fc.tuple(fc.boolean(), number, number);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const counter = new HashCounter();
      const map = new Map<string, number>();
      for (const [isAdd, high, low] of steps) {
        // The pair of zeros shares a place with (1, 0).
        const name = `${high === 0 && low === 0 ? 1 : high} ${low}`;
        const before = map.get(name) ?? 0;
        assert.equal(counter.count(high, low), before);
        if (isAdd) assert.equal(counter.add(high, low), before);
        else assert.equal(counter.take(high, low), before > 0);
        map.set(name, isAdd ? before + 1 : Math.max(0, before - 1));
      }
    }),
  );
});

test('a hundred thousand hashes are all found again', () => {
  const counter = new HashCounter();
  const hash = (at: number) =>
    [Math.imul(at, 0x9e3779b1) >>> 0, Math.imul(at, 0x85ebca6b) >>> 0] as const;
  for (let at = 1; at <= 100_000; at += 1) assert.equal(counter.add(...hash(at)), 0);
  for (let at = 1; at <= 100_000; at += 1) assert.equal(counter.count(...hash(at)), 1);
});
