import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { errorCodes } from '../../src/errors.ts';

const root = join(import.meta.dirname, '../..');
const runbooks = globSync('docs/runbooks/*.md', { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));

test('every code that a runbook names can be met', () => {
  const rejects = readFileSync(join(root, 'dbt/models/silver/rejects.sql'), 'utf8');
  const unknown = runbooks.flatMap(({ path, text }) =>
    [...text.matchAll(/TNA_[A-Z0-9_]*[A-Z0-9]/g)]
      .map(([code]) => code)
      .filter((code) => !(code in errorCodes) && !rejects.includes(`'${code}'`))
      .map((code) => `${path}: ${code}`),
  );
  assert.deepEqual(unknown, []);
});

test('every page that a runbook points to is there', () => {
  const missing = runbooks.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, target]) => join(dirname(path), target!))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${path}: ${target}`),
  );
  assert.deepEqual(missing, []);
});

test('every runbook says the symptom, where to look, what to do and when it is fixed', () => {
  assert.ok(runbooks.length >= 4);
  for (const { path, text } of runbooks) {
    assert.deepEqual(
      [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading),
      ['Symptom', 'Look', 'Do', 'Fixed when'],
      path,
    );
  }
});
