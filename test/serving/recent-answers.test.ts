import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentAnswers } from '../../src/serving/recent-answers.ts';

const answer = (cells: number) => async () => Array.from({ length: cells }, () => ({ one: 1 }));

test('the same question is asked once, even by two at the same time', async () => {
  const answers = new RecentAnswers();
  let asked = 0;
  const ask = async () => [{ asked: ++asked }];
  const [one, other] = await Promise.all([
    answers.get('select', { user: 'ana' }, ask),
    answers.get('select', { user: 'ana' }, ask),
  ]);
  assert.equal(one, other);
  assert.equal(await answers.get('select', { user: 'ana' }, ask), one);
  assert.deepEqual(await answers.get('select', { user: 'bela' }, ask), [{ asked: 2 }]);
  assert.deepEqual(await answers.get('select 2', { user: 'ana' }, ask), [{ asked: 3 }]);
});

test('what was asked for last is kept, and not more than there is room for', async () => {
  const answers = new RecentAnswers(300);
  const first = await answers.get('a', {}, answer(80));
  await answers.get('b', {}, answer(80));
  assert.equal(await answers.get('a', {}, answer(80)), first);
  await answers.get('c', {}, answer(80));
  assert.ok(answers.cells <= 300, String(answers.cells));
  assert.equal(await answers.get('a', {}, answer(80)), first);
  await answers.get('large', {}, answer(1000));
  assert.equal(answers.cells, 0);
});

test('a query that failed is asked again', async () => {
  const answers = new RecentAnswers();
  const fail = () => Promise.reject(new Error('no'));
  await assert.rejects(answers.get('a', {}, fail), /no/);
  assert.equal((await answers.get('a', {}, answer(1))).length, 1);
});
