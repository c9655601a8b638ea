import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdOut } from '../../src/recommend/holdout.ts';
import { choose, recommend, toInteractions } from '../../src/recommend/index.ts';
import { scoreRanking } from '../../src/recommend/metrics.ts';
import { madeUpPlays } from './made-up-plays.ts';

const pairs = (text: string) =>
  toInteractions(
    text.split(' ').map((pair) => ({ user: pair[0]!, item: pair.slice(1), weight: 1 })),
  );

test('what auto chooses beats popularity where listeners have tastes', () => {
  const { matrix } = madeUpPlays();
  const { train, heldOut } = holdOut(matrix, 99);
  const judge = (parts: Parameters<typeof recommend>[1]) =>
    scoreRanking(recommend(train, parts, { seed: 1, count: 20 }), heldOut, 120)['ndcg@10'];
  const choice = choose(train, { seed: 1 });
  assert.ok(choice.splits > 1, 'small data is split more than once');
  const popular = judge([{ method: { name: 'popularity' }, weight: 1 }]);
  assert.ok(judge(choice.parts) > 1.3 * popular, `${judge(choice.parts)} against ${popular}`);
});

test('the same data and seed give the same choice and lists; another seed splits differently', () => {
  const { matrix } = madeUpPlays({ users: 20 });
  const [first, second] = [choose(matrix, { seed: 4 }), choose(matrix, { seed: 4 })];
  assert.deepEqual(first, second);
  const lists = () => recommend(matrix, first.parts, { seed: 4, count: 20 });
  assert.deepEqual(lists(), lists());
  assert.notEqual(choose(matrix, { seed: 5 }).validation, first.validation);
});

test('no list holds what its user has seen, or an item twice, and lists are full', () => {
  const { matrix } = madeUpPlays({ users: 30 });
  const ranked = recommend(matrix, choose(matrix, { seed: 1 }).parts, { seed: 1, count: 20 });
  for (let user = 0; user < matrix.rows; user += 1) {
    const own = [...ranked.items.subarray(user * 20, user * 20 + 20)];
    const seen = new Set(matrix.indices.subarray(matrix.starts[user]!, matrix.starts[user + 1]!));
    const unseen = matrix.columns - seen.size;
    const listed = own.filter((item) => item >= 0);
    assert.equal(listed.length, Math.min(20, unseen));
    assert.equal(new Set(listed).size, listed.length);
    assert.ok(listed.every((item) => !seen.has(item)));
  }
});

test('a single user, single items and users who know everything are met without failure', () => {
  for (const text of ['a1', 'a1 a2 a3 a4', 'a1 b1', 'a1 a2 a3 b1 b2 b3 c1 c2 c3', 'a1 b2 c3 d4']) {
    const { matrix } = pairs(text);
    const choice = choose(matrix, { seed: 1 });
    const ranked = recommend(matrix, choice.parts, { seed: 1, count: 20 });
    for (let user = 0; user < matrix.rows; user += 1) {
      const seen = matrix.starts[user + 1]! - matrix.starts[user]!;
      const own = ranked.items.subarray(user * ranked.count, (user + 1) * ranked.count);
      assert.equal(own.filter((item) => item >= 0).length, matrix.columns - seen, text);
    }
  }
});

test('weights of zero everywhere still give full lists', () => {
  const { users, items, matrix } = madeUpPlays({ users: 20 });
  const rows = users.flatMap((user, row) =>
    [...matrix.indices.subarray(matrix.starts[row]!, matrix.starts[row + 1]!)].map((item) => ({
      user,
      item: items[item]!,
      weight: 0,
    })),
  );
  const still = toInteractions(rows).matrix;
  const ranked = recommend(still, choose(still, { seed: 1 }).parts, { seed: 1, count: 20 });
  assert.ok(ranked.items.every((item) => item >= 0));
});

test('holding out takes a fifth of each user, at least one, none of those with two items', () => {
  const { matrix } = pairs('a1 a2 b1 b2 b3 c1 c2 c3 c4 c5 c6 c7 c8 c9 ca');
  const { train, heldOut } = holdOut(matrix, 3);
  assert.deepEqual(
    [0, 1, 2].map((user) => heldOut.get(user)?.size),
    [undefined, 1, 2],
  );
  assert.equal(train.indices.length + 3, matrix.indices.length);
  for (const [user, items] of heldOut) {
    const kept = train.indices.subarray(train.starts[user]!, train.starts[user + 1]!);
    assert.ok(kept.every((item) => !items.has(item)));
  }
});
