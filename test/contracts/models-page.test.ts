import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { describeModels } from '../../contracts/generate-models-page.ts';

const root = join(import.meta.dirname, '../..');
const models = describeModels(root);

test('every dbt model is described once, with its grain', () => {
  const written = globSync('dbt/models/**/*.sql', { cwd: root }).map((path) =>
    basename(path, '.sql'),
  );
  assert.deepEqual(models.map(({ name }) => name).sort(), written.sort());
  assert.deepEqual(
    models.filter(({ grain }) => !grain.startsWith('one row per ')).map(({ name }) => name),
    [],
  );
});

test('every column of a published or shared table is typed and described', () => {
  const layers = ['bronze', 'silver', 'gold'];
  const bare = models
    .filter(({ schema }) => layers.includes(schema))
    .flatMap(({ name, columns }) =>
      columns.length === 0
        ? [name]
        : columns
            .filter(({ data_type, description }) => !data_type || !description)
            .map((column) => `${name}.${column.name}`),
    );
  assert.deepEqual(bare, []);
});

test('every table of silver and gold is tested for one row per key', () => {
  const keyed = (model: (typeof models)[number]) =>
    model.data_tests.some((given) => JSON.stringify(given).includes('unique_key')) ||
    model.columns.some(({ data_tests = [] }) => data_tests.includes('unique'));
  assert.deepEqual(
    models
      .filter(({ schema }) => ['silver', 'gold'].includes(schema))
      .filter((model) => !keyed(model))
      .map(({ name }) => name),
    [],
  );
});
