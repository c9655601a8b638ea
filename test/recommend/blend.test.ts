import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blend, scaledScores } from '../../src/recommend/blend.ts';
import { scoreRanking } from '../../src/recommend/metrics.ts';
import type { RankedItems } from '../../src/recommend/recommender.ts';
import { topItems } from '../../src/recommend/top-items.ts';
import { assertClose } from './made-up-plays.ts';

const list = (items: number[], scores: number[]): RankedItems => ({
  count: items.length,
  items: Int32Array.from(items),
  scores: Float32Array.from(scores),
});

test('the best score becomes 1, the 50th 0, and nothing falls below −1', () => {
  const scores = Array.from({ length: 100 }, (_, place) => 200 - place);
  scores[99] = -1e6;
  const scaled = scaledScores(list([...scores.keys()], scores), 0);
  assertClose([scaled[0]!, scaled[49]!, scaled[99]!], [1, 0, -1], 1e-6);
  assert.ok(Math.abs(scaled[24]! - 25 / 49) < 1e-6);
});

test('a blend ranks by the weighted sum, and an item in one list only can still win', () => {
  const first = list([0, 1, 2], [9, 8, 0]);
  const second = list([1, 3, 0], [5, 4.9, 0]);
  const mixed = blend([first, second], [1, 1], 1, 3);
  assert.deepEqual([...mixed.items], [1, 0, 3]);
  assert.deepEqual([...blend([first, second], [1, 9], 1, 2).items], [1, 3]);
});

test('unused places stay unused', () => {
  const short = list([4, -1, -1], [1, 0, 0]);
  assert.deepEqual([...blend([short, short], [1, 1], 1, 3).items], [4, -1, -1]);
});

test('the highest scores come first, equal ones by index, −Infinity never', () => {
  const scores = Float64Array.from([1, 5, Number.NEGATIVE_INFINITY, 5, 0, 7]);
  assert.deepEqual(topItems(scores, 3), [5, 1, 3]);
  assert.deepEqual(topItems(scores, 10), [5, 1, 3, 0, 4]);
  assert.deepEqual(topItems(scores, 2), [5, 1]);
});

test('a list shorter than ten counts what it has', () => {
  const scored = scoreRanking(list([3, 1, -1], [2, 1, 0]), new Map([[0, new Set([1, 7])]]), 4);
  assert.ok(Math.abs(scored['ndcg@10'] - 1 / Math.log2(3) / (1 + 1 / Math.log2(3))) < 1e-6);
  assert.equal(scored['recall@10'], 0.5);
  assert.equal(scored['recall@20'], 0.5);
  assert.equal(scored['coverage@10'], 0.5);
});
