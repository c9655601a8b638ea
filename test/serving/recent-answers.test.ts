import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recentAnswers } from '../../src/serving/recent-answers.ts';

const answer = (bytes: number) => async () => Buffer.alloc(bytes);

test('the same question is answered once, even to two at the same time', async () => {
  const answers = recentAnswers();
  let asked = 0;
  const make = async () => Buffer.from(`${++asked}`);
  const [one, other] = await Promise.all([answers.get('top', make), answers.get('top', make)]);
  assert.equal(one, other);
  assert.equal(await answers.get('top', make), one);
  assert.equal(String(await answers.get('daily', make)), '2');
});

test('that there is nothing to tell is kept too', async () => {
  const answers = recentAnswers();
  assert.equal(await answers.get('nobody', async () => undefined), undefined);
  assert.equal(await answers.get('nobody', answer(1)), undefined);
});

test('what was asked for last is kept, and not more than there is room for', async () => {
  const answers = recentAnswers(3000);
  const first = await answers.get('a', answer(1000));
  await answers.get('b', answer(1000));
  assert.equal(await answers.get('a', answer(1000)), first);
  await answers.get('c', answer(1000));
  assert.ok(answers.size <= 3000, String(answers.size));
  assert.equal(await answers.get('a', answer(1000)), first);
  await answers.get('large', answer(10_000));
  assert.equal(answers.size, 0);
});

test('an answer that failed is made again', async () => {
  const answers = recentAnswers();
  const fail = () => Promise.reject(new Error('no'));
  await assert.rejects(answers.get('a', fail), /no/);
  assert.equal((await answers.get('a', answer(1)))?.length, 1);
});
