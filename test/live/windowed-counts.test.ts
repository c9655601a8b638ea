import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowedCounts } from '../../src/live/windowed-counts.ts';

test('the windows hold what a plain list of all additions says they should', () => {
  const step = fc.record({
    advance: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(90)),
    key: fc.constantFrom('a', 'b', 'c'),
    late: fc.nat(75),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const counts = new WindowedCounts<undefined>();
      const added: { key: string; minute: number }[] = [];
      let minute = 5000;
      for (const { advance, key, late } of steps) {
        minute += advance;
        counts.advance(minute);
        counts.add(key, undefined, minute - late);
        if (late < 70) added.push({ key, minute: minute - late });
      }
      const within = (key: string, from: number, to: number) =>
        added.filter(
          (one) => one.key === key && minute - one.minute >= from && minute - one.minute < to,
        ).length;
      const held = new Map(counts.best(10, () => 1).map((entry) => [entry.key, entry]));
      for (const key of ['a', 'b', 'c']) {
        assert.equal(held.get(key)?.recent ?? 0, within(key, 0, 10));
        assert.equal(held.get(key)?.earlier ?? 0, within(key, 10, 70));
      }
      assert.equal(counts.size, ['a', 'b', 'c'].filter((key) => within(key, 0, 70) > 0).length);
    }),
  );
});

test('the best come first, and no more than asked for', () => {
  const counts = new WindowedCounts<string>();
  counts.advance(100);
  for (const [key, times] of [
    ['one', 1],
    ['three', 3],
    ['two', 2],
  ] as const) {
    for (let time = 0; time < times; time += 1) counts.add(key, key, 100);
  }
  assert.deepEqual(
    counts.best(2, ({ recent }) => recent).map(({ key }) => key),
    ['three', 'two'],
  );
});
