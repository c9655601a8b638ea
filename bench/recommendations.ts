/**
 * Quality and CPU-seconds of every method beside `implicit` from PyPI, on a real data set and in one
 * run: `node bench/recommendations.ts [folder with train.tsv.gz and test.tsv.gz]`.
 * Needs python3 with venv; `implicit` goes into a throw-away environment. Scores are score.py's.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type EvaluateOptions, evaluate } from '../src/commands/evaluate.ts';
import { measure, row } from './measure.ts';

const shared = join(import.meta.dirname, '../../shared/recommend');
const source = resolve(process.argv[2] ?? join(shared, 'lastfm-hetrec-2k'));
const folder = mkdtempSync(join(tmpdir(), 'tonearm-recommendations-'));
const path = (name: string) => join(folder, name);
const context = { clock: Date.now, progress() {} } as unknown as Parameters<typeof evaluate>[0];

function show(name: string, file: string, wall: number, cpu: number): void {
  const args = [join(shared, 'score.py'), path('train.tsv'), path('test.tsv'), path(file)];
  const scored = JSON.parse(execFileSync('python3', args, { encoding: 'utf8' })) as Record<
    string,
    number
  >;
  const cells = ['ndcg@10', 'recall@10', 'recall@20', 'coverage@10'].map((key) =>
    scored[key]!.toFixed(4),
  );
  row(name, ...cells, wall.toFixed(1), cpu.toFixed(1));
}

try {
  for (const name of ['train.tsv', 'test.tsv']) {
    writeFileSync(path(name), gunzipSync(readFileSync(join(source, `${name}.gz`))));
  }
  console.log(
    `${cpus().length} cores. Wall and CPU seconds include choosing, fitting and ranking.`,
  );
  row('', 'NDCG@10', 'R@10', 'R@20', 'coverage@10', 'wall s', 'CPU-s');
  for (const method of [
    'popularity',
    'cosine',
    'bm25',
    'rp3beta',
    'als',
    'ease',
    'blend',
    'auto',
  ]) {
    const options: EvaluateOptions = {
      train: path('train.tsv'),
      recommendations: path(`${method}.tsv`),
      method,
      seed: 1,
    };
    const { wall, cpu } = await measure(() => evaluate(context, options));
    show(method, `${method}.tsv`, wall, cpu);
  }
  execFileSync('python3', ['-m', 'venv', path('python')]);
  const pip = ['-m', 'pip', 'install', '--quiet', 'implicit==0.7.3', 'numpy', 'scipy'];
  execFileSync(path('python/bin/python'), pip, { stdio: 'inherit' });
  const peer = join(import.meta.dirname, 'recommendations-implicit.py');
  const lines = execFileSync(path('python/bin/python'), [peer, path('train.tsv'), folder], {
    encoding: 'utf8',
    env: { ...process.env, OPENBLAS_NUM_THREADS: '1' },
  });
  for (const line of lines.trim().split('\n')) {
    const { name, wall, cpu } = JSON.parse(line) as { name: string; wall: number; cpu: number };
    show(`implicit ${name}, given parameters`, `implicit-${name}.tsv`, wall, cpu);
  }
} finally {
  rmSync(folder, { recursive: true });
}
