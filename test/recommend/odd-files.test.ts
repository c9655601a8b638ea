import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type EvaluateOptions, evaluate } from '../../src/commands/evaluate.ts';
import type { TonearmError } from '../../src/errors.ts';

const context = { clock: () => 0, progress() {} } as unknown as Parameters<typeof evaluate>[0];
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tonearm-odd-files-'));
});
after(() => rm(folder, { recursive: true }));

/** Twenty users with five of forty items each. */
const cells = Array.from({ length: 100 }, (_, cell) => {
  const user = cell % 20;
  return {
    user: `u${user}`,
    item: `i${(user * 3 + Math.floor(cell / 20) ** 2) % 40}`,
    weight: 1 + (cell % 7),
  };
});
const file = (head: string, line: (cell: (typeof cells)[number]) => string, end = '\n') =>
  [head, ...cells.map(line)].join(end) + end;

/** Lists by user of what `auto` writes. */
async function listsOf(text: string): Promise<Map<string, string[]>> {
  const options: EvaluateOptions = {
    train: join(folder, 'train.tsv'),
    recommendations: join(folder, 'out.tsv'),
    method: 'auto',
    seed: 1,
  };
  await writeFile(options.train, text);
  await evaluate(context, options);
  const [head, ...lines] = (await readFile(options.recommendations, 'utf8')).trim().split('\n');
  assert.equal(head, 'user\titem\trank');
  const lists = new Map<string, string[]>();
  for (const line of lines) {
    const [user, item, rank] = line.split('\t') as [string, string, string];
    const list = lists.get(user) ?? [];
    assert.equal(Number(rank), list.push(item));
    lists.set(user, list);
  }
  return lists;
}

const plain = file('user\titem\tweight', ({ user, item, weight }) => `${user}\t${item}\t${weight}`);

test('line ends, a byte order mark, capitals and the order of columns change nothing', async () => {
  const expected = await listsOf(plain);
  assert.equal(expected.size, 20);
  assert.deepEqual(await listsOf(plain.replaceAll('\n', '\r\n')), expected);
  const turned = file(
    'Weight\tITEM\tUser',
    ({ user, item, weight }) => `${weight}\t${item}\t${user}`,
  );
  assert.deepEqual(await listsOf(`\uFEFF${turned}`), expected);
});

test('without weights, with equal and with zero weights everyone gets a list of what is new to them', async () => {
  const none = await listsOf(file('user\titem', ({ user, item }) => `${user}\t${item}`));
  const equal = await listsOf(
    file('user\titem\tweight', ({ user, item }) => `${user}\t${item}\t3`),
  );
  const zero = await listsOf(file('user\titem\tweight', ({ user, item }) => `${user}\t${item}\t0`));
  const own = Map.groupBy(cells, (cell) => cell.user);
  for (const lists of [none, equal, zero]) {
    assert.equal(lists.size, 20);
    for (const [user, list] of lists) {
      assert.equal(list.length, new Set(list).size);
      assert.ok(own.get(user)!.every(({ item }) => !list.includes(item)));
    }
  }
});

test('names are kept as they are, those of JavaScript itself too', async () => {
  const odd = (name: string) => (name.endsWith('1') ? '__proto__' : `"${name}" é constructor 🎵`);
  const lists = await listsOf(
    file(
      'user\titem\tweight',
      ({ user, item, weight }) => `${odd(user)}${user}\t${odd(item)}${item}\t${weight}`,
    ),
  );
  assert.equal(lists.size, 20);
  assert.ok(lists.has('__proto__u1'));
});

test('users with one item get what others have, and one user alone gets nothing', async () => {
  const single = await listsOf('user\titem\na\tx\nb\ty\nc\ty\n');
  assert.deepEqual(single.get('a'), ['y']);
  assert.deepEqual(single.get('b'), ['x']);
  assert.equal((await listsOf('user\titem\na\tx\na\ty\n')).size, 0);
});

test('a few huge weights among small ones, up to the largest number, break nothing', async () => {
  const huge = [1e-9, 1, 3e15, 1e300, Number.MAX_VALUE];
  const text = file(
    'user\titem\tweight',
    ({ user, item, weight }) => `${user}\t${item}\t${huge[weight % huge.length]}`,
  );
  const twice = text + text.slice(text.indexOf('\n') + 1);
  const lists = await listsOf(twice);
  assert.equal(lists.size, 20);
  assert.ok([...lists.values()].every((list) => list.length === new Set(list).size));
});

test('columns named as in other data sets are found, and other columns are passed over', async () => {
  const expected = await listsOf(plain);
  const named = file(
    'timestamp\tuserID\tartistID\tplays',
    ({ user, item, weight }) => `2025\t${user}\t${item}\t${weight}`,
  );
  assert.deepEqual(await listsOf(named), expected);
});

test('a row of the same user and item twice is their sum', async () => {
  const halves = file(
    'user\titem\tweight',
    ({ user, item, weight }) => `${user}\t${item}\t${weight / 2}\n${user}\t${item}\t${weight / 2}`,
  );
  assert.deepEqual(await listsOf(halves), await listsOf(plain));
});

test('a train file with one item gives lists without it, and a test file is scored all the same', async () => {
  const one = join(folder, 'one.tsv');
  const test = join(folder, 'test.tsv');
  const recommendations = join(folder, 'one-out.tsv');
  await writeFile(one, 'user\titem\na\tx\nb\tx\n');
  await writeFile(test, 'user\titem\na\ty\nnew\tx\n');
  for (const method of [
    'auto',
    'popularity',
    'cosine',
    'bm25',
    'rp3beta',
    'als',
    'ease',
    'blend',
  ]) {
    const options = { train: one, test, recommendations, method, seed: 1 };
    const { result } = await evaluate(context, options);
    const scores = result as Record<string, number>;
    assert.equal(scores.users, 2);
    assert.equal(scores.unknown_users, 1);
    assert.equal(scores['recall@10'], 0.5, method);
    assert.equal(await readFile(recommendations, 'utf8'), 'user\titem\trank\nnew\tx\t1\n');
  }
});

test('a test file without rows is one sentence', async () => {
  const [train, test] = [join(folder, 'train.tsv'), join(folder, 'empty.tsv')];
  await writeFile(train, plain);
  await writeFile(test, 'user\titem\n');
  const options = {
    train,
    test,
    recommendations: join(folder, 'out.tsv'),
    method: 'auto',
    seed: 1,
  };
  await assert.rejects(evaluate(context, options), /empty\.tsv has no rows below its header/);
});

for (const [name, text, said] of [
  ['an empty file', '', /must begin with a header/],
  ['a header alone', 'user\titem\tweight\n', /has no rows/],
  ['commas', 'user,item\na,b\n', /must begin with a header/],
  ['other names', 'listener\tsong\na\tb\n', /it begins with "listener", "song"/],
  ['a weight below 0', 'user\titem\tweight\na\tb\t-1\n', /row 2 has the weight "-1"/],
  ['a weight that is no number', 'user\titem\tweight\na\tb\tmany\n', /row 2 has the weight "many"/],
  ['a row that is too short', 'user\titem\tweight\na\tb\n', /row 2 has 2 of 3 columns/],
] as const) {
  test(`${name} is one sentence that says where`, async () => {
    await assert.rejects(listsOf(text), (error: TonearmError) => {
      assert.equal(error.code, 'TNA_RECOMMEND_INPUT');
      assert.match(error.message, said);
      return true;
    });
  });
}
