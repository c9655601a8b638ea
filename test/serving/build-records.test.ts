import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { modelDocsPath } from '../../src/warehouse/index.ts';
import { twoBuilds } from './builds-fixture.ts';
import { startFixture } from './server-fixture.ts';

test('lineage and tests are empty before the first build', async (t) => {
  const server = await startFixture();
  t.after(() => server.close());
  assert.deepEqual((await server.get('/api/lineage')).json, {
    ...{ at: null, run_id: null, ok: null, nodes: [], edges: [] },
  });
  assert.deepEqual((await server.get('/api/tests')).json, { runs: [], tests: [] });
  assert.equal((await server.get('/api/tests/none')).status, 404);
});

test('the pages of the models are served once they are made, and may load nothing', async (t) => {
  const server = await startFixture();
  t.after(() => server.close());
  assert.equal((await server.get('/docs/models')).status, 404);
  const page = await fetch(`${server.server.url}/docs/models`, {
    headers: { accept: 'text/html' },
  });
  assert.equal(page.status, 404);
  assert.match(await page.text(), /<h1>The pages about the models have not been made yet<\/h1>/);
  const path = modelDocsPath(server.config);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '<title>dbt Docs</title>');
  const { status, text, headers } = await server.get('/docs/models');
  assert.equal(status, 200);
  assert.equal(text, '<title>dbt Docs</title>');
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'none'; .*sandbox allow-scripts/);
});

test('the lineage goes from the topic to what shows the marts, with rows and tests', async (t) => {
  const server = await startFixture(twoBuilds);
  t.after(() => server.close());
  const { nodes, edges, at } = (await server.get('/api/lineage')).json as {
    nodes: { id: string; rows: number | null; tests: object; grain: string }[];
    edges: object[];
    at: string;
  };
  assert.equal(at, '2026-03-10T11:51:00.000Z');
  assert.deepEqual(
    nodes.map(({ id, rows }) => [id, rows]),
    [
      ['topic.plays', null],
      ['lake.plays', 9],
      ['silver.plays', 7],
      ['shown.web_app', null],
    ],
  );
  assert.deepEqual(edges, [
    { from: 'topic.plays', to: 'lake.plays' },
    { from: 'lake.plays', to: 'silver.plays' },
    { from: 'silver.plays', to: 'shown.web_app' },
  ]);
  const silver = nodes.find(({ id }) => id === 'silver.plays')!;
  assert.deepEqual(silver.tests, { passed: 0, warned: 1, failed: 1 });
  assert.equal(silver.grain, 'one row per event');
});

test('a failing test is shown with its rows, its SQL and what it said before', async (t) => {
  const server = await startFixture(twoBuilds);
  t.after(() => server.close());
  const { runs, tests } = (await server.get('/api/tests?runs=10')).json as {
    runs: object[];
    tests: { name: string; title: string; severity: string; history: string[] }[];
  };
  assert.deepEqual(runs[0], {
    ...{ run_id: '2026-03-10T11-51', at: '2026-03-10T11:51:00.000Z' },
    ...{ passed: 0, warned: 1, failed: 1 },
  });
  assert.deepEqual(
    tests.map(({ title, severity, history }) => [title, severity, history]),
    [
      ['event_id: unique', 'error', ['fail', 'pass']],
      ['Nothing plays for longer than a day.', 'warn', ['warn', 'pass']],
    ],
  );
  const one = (await server.get('/api/tests/unique_plays_event_id')).json as {
    failure: object;
    results: object[];
  };
  assert.deepEqual(one.failure, {
    ...{ run_id: '2026-03-10T11-51', at: '2026-03-10T11:51:00.000Z', status: 'fail' },
    ...{ failing_rows: 1, message: 'Got 1 result', sql: 'select event_id from twice' },
    ...{ columns: ['event_id', 'copies'], rows: [['e1', 2]] },
    hidden_columns: [],
  });
  assert.equal(one.results.length, 2);
  const before = await server.get('/api/tests/unique_plays_event_id?run_id=2026-03-10T11-50');
  assert.equal((before.json as { failure: unknown }).failure, null);
});
