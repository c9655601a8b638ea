import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toInteractions } from '../../src/recommend/index.ts';
import { rowsOf } from '../../src/recommend/read-interactions.ts';

const read = (text: string) => [...rowsOf('train.tsv', text)];

test('rows are read with any line ends, in any order of columns, with more columns', () => {
  assert.deepEqual(read('user\titem\tweight\r\na\tx\t2\r\n\r\nb\ty\t0.5'), [
    { user: 'a', item: 'x', weight: 2 },
    { user: 'b', item: 'y', weight: 0.5 },
  ]);
  assert.deepEqual(read('item\tat\tweight\tuser\nx\t2020\t3\ta\n'), [
    { user: 'a', item: 'x', weight: 3 },
  ]);
});

test('without weights each row counts one, and repeats add up', () => {
  const { users, items, matrix } = toInteractions(read('user\titem\na\tx\na\ty\nb\ty\na\tx\n'));
  assert.deepEqual(
    [users, items],
    [
      ['a', 'b'],
      ['y', 'x'],
    ],
  );
  assert.deepEqual([...matrix.indices], [0, 1, 0]);
  assert.deepEqual([...matrix.values], [1, 2, 1]);
});

test('quotation marks stay in names, so that lists match their source, and go from numbers', () => {
  assert.deepEqual(read('"user"\t"item"\t"weight"\na\t12" "Mix"\t"7"\n'), [
    { user: 'a', item: '12" "Mix"', weight: 7 },
  ]);
});

test('a bad row is named by its number', () => {
  const problem = (text: string) => {
    try {
      read(text);
    } catch (error) {
      return (error as Error).message;
    }
    return 'none';
  };
  const header = 'user\titem\tweight\n';
  assert.match(problem(`${header}a\tx\t1\na\tx\n`), /row 3 has 2 of 3 columns/);
  assert.match(problem(`${header}a\tx\tmany\n`), /row 2 has the weight "many"/);
  assert.match(problem(`${header}a\tx\t-1\n`), /row 2 has the weight "-1"/);
  assert.match(problem(`${header}a\tx\t\n`), /row 2 has the weight ""/);
  assert.match(problem(`${header}\tx\t1\n`), /row 2 names no user/);
  assert.match(problem('a\tx\t1\n'), /must begin with a header/);
  assert.match(problem(''), /must begin with a header/);
});
