import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lakeColumns } from '../../contracts/lake-columns.ts';
import { lakeTableNames } from '../../contracts/lake-tables.ts';
import { dbtPython, hasPythonEnvironment } from '../../scripts/python-environment.mjs';

const folder = join(import.meta.dirname, '../../infra/snowflake');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .sort();
const text = (name: string) => readFileSync(join(folder, name), 'utf8');

/** The names that docs/guides/snowflake.md tells the reader to give. */
const values: Record<string, string> = {
  database: 'TONEARM',
  warehouse: 'TONEARM_WH',
  role: 'TONEARM_TRANSFORM',
  user: 'TONEARM_PIPELINE',
  credits: '10',
  storage_role: 'arn:aws:iam::123456789012:role/tonearm-lake',
  lake: 's3://music/lake/',
};
const filled = (name: string) =>
  text(name).replaceAll(/<% (\w+) %>/g, (_, key: string) => {
    assert.ok(key in values, `${name} asks for "${key}", which the guide does not name`);
    return values[key]!;
  });

/** What Snowflake's grammar of sqlfluff says of some files. */
function parsed(t: TestContext, contents: Record<string, string>) {
  const scratch = mkdtempSync(join(tmpdir(), 'tonearm-snowflake-'));
  t.after(() => rmSync(scratch, { recursive: true }));
  for (const [name, sql] of Object.entries(contents)) writeFileSync(join(scratch, name), sql);
  const args = ['parse', '--dialect', 'snowflake', '--format', 'json', scratch];
  const run = spawnSync(join(dirname(dbtPython), 'sqlfluff'), args, {
    cwd: scratch,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { failed: run.status !== 0, trees: JSON.parse(run.stdout) as { filepath: string }[] };
}

test('every statement of infra/snowflake is in the grammar of Snowflake', (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const { failed, trees } = parsed(t, {
    ...Object.fromEntries(files.map((name) => [name, filled(name)])),
    'nonsense.sql': 'create warehouse if nod exists x with size;\n',
  });
  assert.deepEqual(trees.map(({ filepath }) => basename(filepath)).sort(), [
    ...files,
    'nonsense.sql',
  ]);
  const refused = trees.filter((tree) => JSON.stringify(tree).includes('"unparsable"'));
  assert.deepEqual(
    refused.map(({ filepath }) => basename(filepath)),
    ['nonsense.sql'],
    'the grammar refuses what is not a statement, and nothing else',
  );
  assert.equal(failed, true);
});

test('the files of infra/snowflake are numbered without a gap', () => {
  assert.deepEqual(
    files.map((name) => Number(name.slice(0, 2))),
    files.map((_, index) => index + 1),
  );
});

test('a second run of infra/snowflake finds what the first made', () => {
  for (const name of files) {
    const sql = text(name).replaceAll(/^--.*$/gm, '');
    const made = [...sql.matchAll(/^create [^(;]*/gm)].map(([statement]) => statement);
    for (const statement of made) {
      assert.match(statement, /if not exists|^create or replace external table/, name);
    }
  }
});

test('each lake table has its external table, with every column of the contract', () => {
  const sql = text('06_external_tables.sql');
  for (const table of lakeTableNames) {
    const statement = sql
      .split('create or replace external table ')
      .find((part) => part.startsWith(`<% database %>.lake.${table} (`));
    assert.ok(statement, table);
    for (const { name } of lakeColumns(table)) {
      assert.match(statement, new RegExp(`^  ${name} \\w+ as \\(value:${name}::`, 'm'));
    }
  }
});
