import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { tablesOfRoutes } from '../../src/serving/mart-tables.ts';

const models = join(import.meta.dirname, '../../dbt/models');
const gold = globSync('gold/*.sql', { cwd: models })
  .map((path) => basename(path, '.sql'))
  .sort();
const { exposures } = parse(readFileSync(join(models, 'exposures.yml'), 'utf8')) as {
  exposures: { name: string; depends_on: string[] }[];
};
const shownBy = (name: string) =>
  exposures
    .find((one) => one.name === name)
    ?.depends_on.map((ref) => /^ref\('(\w+)'\)$/.exec(ref)![1]!)
    .sort();

test('the exposures of the API and of the web app name every model that a route reads', () => {
  // Lists that are computed beside dbt are no models.
  const read = tablesOfRoutes.filter((table) => gold.includes(table)).sort();
  assert.deepEqual(shownBy('http_api'), read);
  assert.deepEqual(shownBy('web_app'), read);
});

test('the exposure of the analyst’s app names every model of gold, which its SQL can ask', () => {
  assert.deepEqual(shownBy('analyst_app'), gold);
});
