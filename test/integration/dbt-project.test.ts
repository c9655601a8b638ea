import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dbtPython, hasPythonEnvironment } from '../../scripts/python-environment.mjs';
import { parseConfig } from '../../src/config.ts';
import {
  makeModelDocs,
  modelDocsPath,
  publishMarts,
  startDbtRunner,
} from '../../src/warehouse/index.ts';

const root = join(import.meta.dirname, '../..');
const project = join(root, 'dbt');
const cli = join(root, 'src/cli.ts');

/** Every model of silver and gold: each has at least one unit test. `likes` and `skips` are `plays` by the same macro. */
const models = [
  'new_plays',
  'new_likes',
  'plays',
  'rejects',
  'event_accounting',
  'hourly_volume',
  'tracks',
  'artist_tracks',
  'artists',
  'listeners',
  'sessions',
  'daily_listening_stats',
  'artist_popularity',
  'track_days',
  'chart_entries',
  'track_charts',
  'track_versions',
  'listener_versions',
  'retention',
  'daily_discovery',
  'discovery',
  'wrapped',
  'wrapped_tops',
  'volume_anomalies',
  'pipeline_health',
  'listening_clock',
  'user_preferences',
  'listener_tracks',
  'listener_artists',
  'listener_plays',
  'daily_breakdown',
  'session_lengths',
  'listener_taste',
  'track_catalogue',
  'track_similarity',
  'user_recommendations',
];

interface RunResults {
  readonly results: readonly { unique_id: string; status: string; message: string | null }[];
}

test('the unit tests of the dbt models pass on a real DuckDB, a refresh leaves them out, runbooks run', async (t) => {
  if (!hasPythonEnvironment()) {
    t.skip('the Python environment is missing: node scripts/python-environment.mjs');
    return;
  }
  const data = await mkdtemp(join(tmpdir(), 'tonearm-dbt-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const folder = join(data, 'run', 'dbt');

  // An empty build makes the tables that unit tests take their columns from.
  const config = parseConfig({ TONEARM_DATA: data }, data);
  const runner = await startDbtRunner(config);
  const built = await runner
    .build({ fullRefresh: false, files: [], runId: 'empty' })
    .finally(() => runner.close());
  assert.equal(built.ok, true, built.error);
  // The runbooks ask the marts, too.
  await publishMarts(config, {
    version: '20260101T000000000Z',
    runId: 'empty',
    publishedAt: '2026-01-01T00:00:00Z',
    tests: built.tests,
  });
  const refresh = await readResults(join(folder, 'target'));
  assert.deepEqual(
    refresh.filter(({ unique_id }) => unique_id.startsWith('unit_test.')),
    [],
  );

  const target = join(data, 'unit-tests');
  const done = spawnSync(
    join(dbtPython, '../dbt'),
    [
      'test',
      '--select',
      'test_type:unit',
      '--project-dir',
      project,
      '--profiles-dir',
      folder,
    ].concat(['--target-path', target, '--log-path', join(data, 'logs'), '--no-use-colors']),
    { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: data, LANG: 'C.UTF-8' } },
  );
  assert.ok(done.status === 0 || done.status === 1, done.stdout + done.stderr);
  const results = await readResults(target);
  for (const { unique_id, status, message } of results) {
    const [, , model, name] = unique_id.split('.');
    await t.test(`${model}: ${name?.replaceAll('_', ' ')}`, () =>
      assert.equal(status, 'pass', message ?? status),
    );
  }
  const tested = new Set(results.map(({ unique_id }) => unique_id.split('.')[2]!));
  assert.deepEqual(
    models.filter((model) => !tested.has(model)),
    [],
    'models without a unit test',
  );

  await t.test('the pages of the models are one file that loads nothing', async () => {
    const bytes = await makeModelDocs(config, new AbortController().signal);
    assert.ok(bytes! > 1_000_000);
    const page = await readFile(modelDocsPath(config), 'utf8');
    assert.match(page, /daily_listening_stats/);
    assert.doesNotMatch(page, /<(?:script|link)[^>]*(?:src|href)="https?:/);
  });

  for (const command of await runbookCommands()) {
    await t.test(`a runbook's command runs: ${command}`, () => {
      const isQuery = command.startsWith('query ');
      const [name] = command.split(' ');
      const run = spawnSync(
        '/bin/sh',
        ['-c', `"$NODE" "$CLI" ${isQuery ? command : `${name} --help`}`],
        {
          encoding: 'utf8',
          env: { ...process.env, TONEARM_DATA: data, NODE: process.execPath, CLI: cli },
        },
      );
      assert.equal(run.status, 0, run.stderr);
      if (isQuery) return;
      // The others change data: their name and options are compared with the help.
      assert.match(run.stdout, new RegExp(`^Usage: tonearm ${name} `));
      for (const [option] of command.matchAll(/--[a-z-]+/g)) {
        assert.ok(run.stdout.includes(`${option} `), `${name} has no option ${option}`);
      }
    });
  }
});

/** What follows `./tonearm` in the code of the runbooks, each once. */
async function runbookCommands(): Promise<string[]> {
  const folder = join(root, 'docs/runbooks');
  const pages = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
  );
  const commands = pages.flatMap((page) => [
    ...[...page.matchAll(/^ *(?:\w+=\S+ )?\.\/tonearm (.+)$/gm)].map(([, words]) => words!),
    ...[...page.matchAll(/`(?:\w+=\S+ )?\.\/tonearm ([^`\n]+)`/g)].map(([, words]) => words!),
  ]);
  return [...new Set(commands)].filter((words) => words !== 'query').sort();
}

async function readResults(target: string): Promise<RunResults['results']> {
  return (JSON.parse(await readFile(join(target, 'run_results.json'), 'utf8')) as RunResults)
    .results;
}
