import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/reference/spotify.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| trap |'))
  .map((line) => line.slice(2, -2).split(' | '));
const testsOf = (cell: string) =>
  [...cell.matchAll(/\[([^\]]+)\]\(\.\.\/\.\.\/(test\/[^)]+\.test\.ts)\)/g)].map(
    ([, title, file]) => ({ title: title!, file: file! }),
  );

/** Whether a file has a test with this title; `${…}` in a title stands for any words. */
function hasTest(source: string, title: string): boolean {
  return [...source.matchAll(/\btest\(\s*(['"`])(.+?)\1,/g)].some(([, , written]) => {
    const parts = written!.replaceAll(/\\(.)/g, '$1').split(/\$\{[^}]+\}/);
    return new RegExp(
      `^${parts.map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')).join('.+')}$`,
    ).test(title);
  });
}

test('every trap on the page of Spotify says what is done about it and names a test', () => {
  assert.ok(rows.length >= 40, `${rows.length} traps`);
  for (const cells of rows) {
    const [trap = '', done = '', held = ''] = cells;
    assert.equal(cells.length, 3, trap);
    assert.ok(trap !== '' && done !== '', cells.join());
    assert.ok(testsOf(held).length > 0, `${trap} has no test`);
    const links = [...held.matchAll(/\]\(/g)].length;
    assert.equal(testsOf(held).length, links, `${trap} names something that is no test`);
  }
});

test('every test that the page of Spotify names is in the file that it names', () => {
  const missing = rows
    .flatMap(([, , held = '']) => testsOf(held))
    .filter(({ title, file }) => {
      const path = join(root, file);
      return !existsSync(path) || !hasTest(readFileSync(path, 'utf8'), title);
    })
    .map(({ title, file }) => `${file}: ${title}`);
  assert.deepEqual(missing, []);
});

test('a test that is not there is missed, and one whose title is made of parts is found', () => {
  const source = "test('a \\'b\\'', () => {});\n  test(`after $".concat(
    '{name} nobody asks`, async () => {});',
  );
  assert.ok(hasTest(source, "a 'b'"));
  assert.ok(hasTest(source, 'after a 429 nobody asks'));
  assert.ok(!hasTest(source, 'after nobody'));
  assert.ok(!hasTest(source, 'a b'));
});
