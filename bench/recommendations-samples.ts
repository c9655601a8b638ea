/**
 * Does `auto` keep up with the best single method on small data? Samples of the users of a real data set, with
 * weights and without: `node bench/recommendations-samples.ts [folder with train.tsv.gz and test.tsv.gz]`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { evaluate } from '../src/commands/evaluate.ts';
import { seededRandom } from '../src/recommend/seeded-random.ts';
import { row } from './measure.ts';

const shared = join(import.meta.dirname, '../../shared/recommend/lastfm-hetrec-2k');
const source = resolve(process.argv[2] ?? shared);
const folder = mkdtempSync(join(tmpdir(), 'tonearm-samples-'));
const path = (name: string) => join(folder, name);
const context = { clock: Date.now, progress() {} } as unknown as Parameters<typeof evaluate>[0];
const methods = ['auto', 'popularity', 'cosine', 'bm25', 'rp3beta', 'als', 'ease', 'blend'];
const samples: [users: number, weighted: boolean][] = [
  [50, true],
  [50, false],
  [100, true],
  [200, true],
  [200, false],
  [500, true],
  [1000, false],
];

const rowsOf = (name: string) =>
  gunzipSync(readFileSync(join(source, `${name}.tsv.gz`)))
    .toString()
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split('\t'));

try {
  const [train, test] = [rowsOf('train'), rowsOf('test')];
  const users = [...new Set(train.map((cells) => cells[0]!))];
  row('NDCG@10', ...methods);
  for (const [seed, [size, weighted]] of samples.entries()) {
    const random = seededRandom(seed + 1);
    const drawn = users.map((user) => [random(), user] as const).sort((a, b) => a[0] - b[0]);
    const kept = new Set(drawn.slice(0, size).map(([, user]) => user));
    const write = (name: string, rows: string[][]) => {
      const columns = weighted ? 3 : 2;
      const lines = rows
        .filter((cells) => kept.has(cells[0]!))
        .map((cells) => cells.slice(0, columns).join('\t'));
      const head = ['user', 'item', 'weight'].slice(0, columns).join('\t');
      writeFileSync(path(name), `${[head, ...lines].join('\n')}\n`);
    };
    write('train.tsv', train);
    write('test.tsv', test);
    const cells: string[] = [];
    for (const method of methods) {
      const { result } = await evaluate(context, {
        train: path('train.tsv'),
        test: path('test.tsv'),
        recommendations: path('out.tsv'),
        method,
        seed: 1,
      });
      cells.push((result as { 'ndcg@10': number })['ndcg@10'].toFixed(4));
    }
    row(`${size} users, ${weighted ? 'plays' : 'no weights'}`, ...cells);
  }
} finally {
  rmSync(folder, { recursive: true });
}
