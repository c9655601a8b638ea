import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const macros = join(import.meta.dirname, '../../dbt/macros');
const text = globSync('**/*.sql', { cwd: macros })
  .map((name) => readFileSync(join(macros, name), 'utf8'))
  .join('\n');

test('every macro that differs between databases has a form for each of them', () => {
  const defined = new Set([...text.matchAll(/\{%-? *macro (\w+)/g)].map(([, name]) => name));
  const dispatched = [...text.matchAll(/adapter\.dispatch\('(\w+)'\)/g)].map(([, name]) => name);
  assert.ok(dispatched.length > 10, `${dispatched.length} macros`);
  for (const name of new Set(dispatched)) {
    for (const database of ['duckdb', 'snowflake']) {
      assert.ok(
        defined.has(`${database}__${name}`) || defined.has(`default__${name}`),
        `${name} has no form for ${database}: dbt could not parse the project there`,
      );
    }
  }
});
