// Checks grammar and layout of the SQL in dbt/ with sqlfluff, which lives in the Python environment
// of dbt. The rules are in dbt/.sqlfluff. Needs no warehouse.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dbtPython, makePythonEnvironment } from './python-environment.mjs';

const project = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dbt');

const problem = makePythonEnvironment((line) => process.stderr.write(`${line}\n`));
if (problem !== undefined) {
  process.stderr.write(`THE SQL WAS NOT CHECKED. ${problem}\n`);
  process.exit(process.env.CI === 'true' ? 1 : 0);
}

// The same models run on both: each has its own grammar, and its own macros.
for (const dialect of ['duckdb', 'snowflake']) {
  const checked = spawnSync(
    join(dirname(dbtPython), 'sqlfluff'),
    ['lint', '--disable-progress-bar', '--dialect', dialect, 'models', 'tests', 'macros'],
    {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', SQLFLUFF_TARGET: dialect },
    },
  );
  if (checked.error !== undefined) {
    process.stderr.write(
      `sqlfluff could not be started (${checked.error.message}): delete .venv/dbt, then check again.\n`,
    );
    process.exit(1);
  }
  if (checked.status !== 0) {
    process.stderr.write(`${checked.stdout ?? ''}${checked.stderr ?? ''}`);
    process.stderr.write(
      `The SQL in dbt/ breaks the rules of dbt/.sqlfluff in the dialect of ${dialect}: see above.\n`,
    );
    process.exit(1);
  }
}
