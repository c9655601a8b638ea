import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { evaluate } from '../../src/commands/evaluate.ts';
import { holdOut } from '../../src/recommend/holdout.ts';
import { madeUpPlays } from './made-up-plays.ts';

const script = join(import.meta.dirname, '../../../shared/recommend/score.py');

function reasonToSkip(): string | false {
  if (!existsSync(script)) return '../shared/recommend/score.py is missing';
  return spawnSync('python3', ['--version']).status === 0 ? false : 'python3 is missing';
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'tonearm-evaluate-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('the scores of evaluate are those of the reference script', {
  skip: reasonToSkip(),
}, async (t) => {
  const directory = folder(t);
  const { users, items, matrix } = madeUpPlays({ users: 40, items: 90 });
  const { train, heldOut } = holdOut(matrix, 11);
  const table = (rows: string[]) => `user\titem\tweight\n${rows.join('\n')}\n`;
  const kept = users.flatMap((user, row) =>
    [...train.indices.subarray(train.starts[row]!, train.starts[row + 1]!)].map(
      (item) => `${user}\t${items[item]}\t3`,
    ),
  );
  const taken = [...heldOut].flatMap(([user, own]) =>
    [...own].map((item) => `${users[user]}\t${items[item]}\t1`),
  );
  // An item that nobody knows, twice, and one that its user has played.
  taken.push(`${users[0]}\tnever heard\t1`, `${users[0]}\tnever heard\t1`);
  taken.push(kept[0]!);
  // A user whom train does not know gets what is popular.
  taken.push(`stranger\t${items[0]}\t-1`, `stranger\t${items[7]}\t`);
  const path = (name: string) => join(directory, name);
  writeFileSync(path('train.tsv'), table(kept));
  writeFileSync(path('test.tsv'), table(taken));
  const { result } = await evaluate(
    { clock: () => 0, progress() {} } as unknown as Parameters<typeof evaluate>[0],
    {
      train: path('train.tsv'),
      test: path('test.tsv'),
      recommendations: path('out.tsv'),
      method: 'cosine',
      seed: 1,
    },
  );
  const args = ['train.tsv', 'test.tsv', 'out.tsv'].map(path);
  const scored = spawnSync('python3', [script, ...args], { encoding: 'utf8' });
  assert.equal(scored.status, 0, scored.stderr);
  const expected = JSON.parse(scored.stdout) as Record<string, number>;
  const ours = result as Record<string, number>;
  assert.equal(expected.train_items_ignored, 0);
  assert.equal(ours.unknown_users, 1);
  for (const name of ['users', 'ndcg@10', 'recall@10', 'recall@20', 'coverage@10']) {
    assert.ok(Math.abs(ours[name]! - expected[name]!) < 2e-6, `${name}: ${ours[name]}`);
  }
});
