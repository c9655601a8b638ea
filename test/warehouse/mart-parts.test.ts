import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type MartPart, planParts } from '../../src/warehouse/mart-parts.ts';

const asParts = (planned: ReturnType<typeof planParts>): MartPart[] =>
  planned.map(({ to, rows }) => ({ file: `plays.${to}.parquet`, to, rows }));

test('a table is one part first, and what a few builds add is a part of its own', () => {
  const first = planParts([], new Map([[3, 1_000_000]]));
  assert.deepEqual(first, [{ from: 0, to: 3, rows: 1_000_000 }]);
  const before = asParts(first);
  const next = planParts(
    before,
    new Map([
      [3, 1_000_000],
      [4, 50],
    ]),
  );
  assert.deepEqual(next, [
    { from: 0, to: 3, rows: 1_000_000, kept: before[0] },
    { from: 4, to: 4, rows: 50 },
  ]);
});

test('a part that lost a row is written again, and the others are not', () => {
  const before = [
    { file: 'plays.3.parquet', to: 3, rows: 8_000_000 },
    { file: 'plays.5.parquet', to: 5, rows: 900_000 },
  ];
  const planned = planParts(
    before,
    new Map([
      [3, 7_999_999],
      [5, 900_000],
      [6, 1],
    ]),
  );
  assert.deepEqual(planned, [
    { from: 0, to: 3, rows: 7_999_999 },
    { from: 4, to: 5, rows: 900_000, kept: before[1] },
    { from: 6, to: 6, rows: 1 },
  ]);
});

test('a small table stays one file', () => {
  const before = [{ file: 'plays.parquet', to: 1, rows: 100_000 }];
  const planned = planParts(
    before,
    new Map([
      [1, 100_000],
      [2, 10],
    ]),
  );
  assert.deepEqual(planned, [{ from: 0, to: 2, rows: 100_010 }]);
});

test('after a full refresh nothing is taken over', () => {
  const before = [{ file: 'plays.3.parquet', to: 3, rows: 500_000 }];
  assert.deepEqual(planParts(before, new Map([[4, 500_000]])), [{ from: 0, to: 4, rows: 500_000 }]);
});

test('whatever builds add and take away: every row is in one part, only unchanged ones are kept, few there are', () => {
  const build = fc.record({
    added: fc.integer({ min: 0, max: 400_000 }),
    // Rows of an earlier build that this one wrote anew.
    replaced: fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 1000 })), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(build, { minLength: 1, maxLength: 40 }), (builds) => {
      const counts = new Map<number, number>();
      let parts: MartPart[] = [];
      let versions = new Set<number>();
      builds.forEach(({ added, replaced }, at) => {
        const version = at + 1;
        const touched = new Set<number>();
        let rows = added;
        for (const [which, wanted] of replaced) {
          const gone = Math.min(wanted, counts.get(which) ?? 0);
          if (gone === 0) continue;
          counts.set(which, counts.get(which)! - gone);
          touched.add(which);
          rows += gone;
        }
        if (rows > 0) counts.set(version, rows);
        const planned = planParts(parts, counts);
        const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
        assert.equal(
          planned.reduce((sum, part) => sum + part.rows, 0),
          all,
        );
        planned.forEach((part, place) => {
          assert.equal(part.from, place === 0 ? 0 : planned[place - 1]!.to + 1);
          if (part.kept === undefined) return;
          for (const one of touched) assert.ok(one < part.from || one > part.to);
          for (const one of counts.keys())
            if (one >= part.from && one <= part.to && counts.get(one)! > 0)
              assert.ok(versions.has(one));
        });
        assert.ok(planned.length <= 14, `${planned.length} parts`);
        parts = asParts(planned);
        versions = new Set(counts.keys());
      });
    }),
    { numRuns: 200 },
  );
});
