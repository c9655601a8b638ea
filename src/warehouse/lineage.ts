/** The graph of the models with what the last builds made of each: one file, `<data>/run/lineage.json`. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { LakeFile } from '../lake/lake-file.ts';
import type { BuildResult } from './dbt-runner.ts';
import type { ModelGraph } from './model-graph.ts';

/** The last time that a model was built. */
export interface NodeState {
  /** dbt's word: success, error, skipped. */
  readonly status: string;
  readonly rows: number | null;
  readonly seconds: number;
  readonly at: string;
}

export interface Lineage extends ModelGraph {
  readonly run_id: string;
  /** End of the last build, RFC 3339, UTC. */
  readonly at: string;
  readonly ok: boolean;
  /** By the id of the node; of tables of the lake, the rows of their newest snapshot. */
  readonly states: Readonly<Record<string, NodeState>>;
  /** Compiled SQL of the tests by name, as they last ran. */
  readonly sql: Readonly<Record<string, string>>;
}

type Place = Pick<Config, 'dataDirectory'>;

const pathOf = ({ dataDirectory }: Place) => join(dataDirectory, 'run', 'lineage.json');

/** Undefined before the first build. */
export async function readLineage(config: Place): Promise<Lineage | undefined> {
  const text = await readFile(pathOf(config), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Lineage);
}

/** Takes note of a build. What it left out keeps the state that it had. */
export async function keepLineage(
  config: Place,
  run: { readonly runId: string; readonly at: string },
  build: BuildResult,
  files: readonly LakeFile[],
): Promise<void> {
  if (build.graph === undefined) return;
  const before = await readLineage(config).catch(() => undefined);
  const known = new Set(build.graph.nodes.map(({ id }) => id));
  const states = Object.fromEntries(
    Object.entries(before?.states ?? {}).filter(([id]) => known.has(id)),
  );
  const ids = new Map(build.graph.nodes.map(({ dbt_id, id }) => [dbt_id, id]));
  const sql: Record<string, string> = { ...before?.sql };
  for (const node of build.nodes) {
    if (node.type === 'test') sql[node.name] = node.sql ?? '';
    const id = ids.get(node.id);
    if (id === undefined) continue;
    states[id] = {
      status: node.status,
      rows: node.rows ?? (node.status === 'success' ? null : (states[id]?.rows ?? null)),
      seconds: node.seconds,
      at: run.at,
    };
  }
  for (const [table, rows] of Object.entries(liveRows(files))) {
    states[`lake.${table}`] = { status: 'success', rows, seconds: 0, at: run.at };
  }
  const tests = new Set(build.graph.tests.map(({ name }) => name));
  const lineage: Lineage = {
    run_id: run.runId,
    at: run.at,
    ok: build.ok,
    ...build.graph,
    states,
    sql: Object.fromEntries(Object.entries(sql).filter(([name]) => tests.has(name))),
  };
  const path = pathOf(config);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(`${path}.tmp`, JSON.stringify(lineage));
  await rename(`${path}.tmp`, path);
}

/** Rows of each table's newest snapshot. */
export function liveRows(files: readonly LakeFile[]): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const file of files) {
    if (file.live) rows[file.table] = (rows[file.table] ?? 0) + file.rows;
  }
  return rows;
}
