import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';
import { errorCodes } from '../../src/errors.ts';

const root = join(import.meta.dirname, '../..');

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/node_modules|\/dist\//.test(path));
}

const files = [...sourceFiles('contracts'), ...sourceFiles('src')];
const text = (path: string) => readFileSync(join(root, path), 'utf8');

/** Stage of a file: what may import what is said in terms of these. */
function stageOf(path: string): string {
  const [top, second] = path.split('/');
  if (top === 'contracts') return 'contracts';
  return [
    'sources',
    'log',
    'lake',
    'recommend',
    'warehouse',
    'live',
    'openlineage',
    'alerts',
    'cost',
    'access',
    'erasure',
    'takeout',
    'serving',
  ].includes(second!)
    ? second!
    : 'top';
}

/** Along the data: each stage may import itself, what stands before it, and the files at the top. */
const allowed: Record<string, readonly string[]> = {
  contracts: [],
  log: ['contracts'],
  sources: ['contracts', 'log'],
  lake: ['contracts', 'log'],
  recommend: [],
  warehouse: ['contracts', 'lake', 'recommend'],
  live: ['contracts', 'log'],
  openlineage: ['contracts', 'lake', 'warehouse'],
  alerts: [],
  cost: ['contracts', 'lake'],
  erasure: ['contracts', 'log', 'lake', 'sources', 'warehouse'],
  takeout: ['contracts', 'log', 'lake', 'sources', 'warehouse', 'erasure'],
  access: [],
  serving: ['contracts', 'log', 'lake', 'warehouse', 'live', 'alerts', 'cost', 'access'],
};

/** Files at the top that every stage may use: they import no stage themselves. */
const foundations = [
  'src/config.ts',
  'src/errors.ts',
  'src/disk-errors.ts',
  'src/duckdb.ts',
  'src/process-lock.ts',
  'src/run-records.ts',
];

test('imports point one way, along the data', () => {
  const wrong: string[] = [];
  for (const path of files) {
    const stage = stageOf(path);
    if (stage === 'top' && !foundations.includes(path)) continue;
    for (const [, target] of text(path).matchAll(/from '(\.[^']+)'/g)) {
      const imported = normalize(join(dirname(path), target!));
      const other = stageOf(imported);
      if (other === stage && stage !== 'top') continue;
      if (foundations.includes(imported) || imported.startsWith('scripts/')) continue;
      if (!allowed[stage]?.includes(other)) wrong.push(`${path} imports ${imported}`);
    }
  }
  assert.deepEqual(
    wrong.filter((line) => !line.startsWith('src/config.ts')),
    [],
  );
});

test('only the command line and the settings read the environment', () => {
  const readers = files.filter((path) => text(path).includes('process.env'));
  assert.deepEqual(readers, ['src/commands/context.ts']);
});

test('no file is longer than 400 lines, and names are kebab-case whole words', () => {
  for (const path of files) {
    assert.ok(text(path).split('\n').length <= 400, `${path} is too long`);
    assert.match(path.split('/').at(-1)!, /^[a-z0-9]+(-[a-z0-9]+)*\.tsx?$/, path);
    assert.doesNotMatch(path, /utils?|helpers?|manager/, path);
  }
});

test('every error code that is used is declared, and every declared one is used', () => {
  const used = new Set<string>();
  for (const path of files.filter((one) => one !== 'src/errors.ts')) {
    for (const [code] of text(path).matchAll(/TNA_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?!_)/g))
      used.add(code);
  }
  const declared = new Set<string>(Object.keys(errorCodes));
  assert.deepEqual(
    [...declared].filter((code) => !used.has(code)),
    [],
  );
  assert.deepEqual(
    [...used].filter((code) => !declared.has(code) && !code.startsWith('TNA_SILVER_')),
    [],
  );
});
