import type { Config } from '../../src/config.ts';
import type { LakeFile } from '../../src/lake/lake-file.ts';
import { keepLineage, keepTestResults } from '../../src/warehouse/index.ts';
import { type ManifestGraph, modelGraph } from '../../src/warehouse/model-graph.ts';

const manifest: ManifestGraph = {
  nodes: [
    {
      ...{ id: 'source.tonearm.lake.plays', type: 'source', name: 'plays', schema: 'lake' },
      ...{ description: 'A finished listen.', materialized: null, tags: [], columns: [] },
      ...{ depends_on: [], url: null },
    },
    {
      ...{ id: 'model.tonearm.plays', type: 'model', name: 'plays', schema: 'silver' },
      ...{ description: 'Plays. Grain: one row per event.', materialized: 'incremental' },
      ...{ tags: [], url: null, depends_on: ['source.tonearm.lake.plays'] },
      columns: [{ name: 'event_id', type: 'varchar', description: 'Identity.' }],
    },
    {
      ...{ id: 'exposure.tonearm.web_app', type: 'exposure', name: 'web_app', schema: 'tonearm' },
      ...{ description: 'The web app.', materialized: null, tags: [], columns: [] },
      ...{ depends_on: ['model.tonearm.plays'], url: 'http://127.0.0.1:8080' },
    },
  ],
  tests: [
    {
      ...{ id: 'test.tonearm.unique', name: 'unique_plays_event_id', kind: 'unique' },
      ...{ arguments: {}, column: 'event_id', model: 'model.tonearm.plays' },
      ...{ depends_on: ['model.tonearm.plays'], severity: 'error', description: '' },
    },
    {
      ...{ id: 'test.tonearm.long', name: 'plays_are_of_likely_length', kind: 'query' },
      ...{ arguments: {}, column: null, model: null, depends_on: ['model.tonearm.plays'] },
      ...{ severity: 'warn', description: 'Nothing plays for longer than a day.' },
    },
  ],
};

const seconds = 0.1;
const passed = { message: null, failures: 0, sql: 'select 1', seconds, status: 'pass' } as const;

/** Two builds: in the second a test found a row. */
export async function twoBuilds(config: Config): Promise<void> {
  const model = {
    ...{ id: 'model.tonearm.plays', name: 'plays', type: 'model' as const, status: 'success' },
    ...{ seconds, message: null, failures: null, sql: 'select 2', rows: 7 },
  };
  const unique = {
    id: 'test.tonearm.unique',
    name: 'unique_plays_event_id',
    type: 'test' as const,
  };
  const long = {
    id: 'test.tonearm.long',
    name: 'plays_are_of_likely_length',
    type: 'test' as const,
  };
  const found = {
    ...{ message: 'Got 1 result', failures: 1, sql: 'select event_id from twice', seconds },
    failing: { columns: ['event_id', 'copies'], rows: [['e1', 2]] },
  };
  const builds = [
    [model, { ...unique, ...passed }, { ...long, ...passed }],
    [model, { ...unique, ...found, status: 'fail' }, { ...long, ...found, status: 'warn' }],
  ];
  const files = [{ table: 'plays', rows: 9, live: true }] as LakeFile[];
  for (const [index, nodes] of builds.entries()) {
    const run = { runId: `2026-03-10T11-5${index}`, at: `2026-03-10T11:5${index}:00.000Z` };
    const tests = { passed: 0, failed: 0, warned: 0, failures: [] };
    const build = { ok: true, tests, models: [], results: [], nodes, graph: modelGraph(manifest) };
    await keepTestResults(config, run, build);
    await keepLineage(config, run, build, files);
  }
}
