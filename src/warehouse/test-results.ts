/**
 * What the tests of each build said: one file a run under `<data>/quality`, with the first rows that a
 * failing test found and the SQL that found them.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { BuildResult } from './dbt-runner.ts';

const runsKept = 200;

export type TestStatus = 'pass' | 'warn' | 'fail' | 'error' | 'skipped';

/** The first rows that a test found, as text, number, boolean or null. */
export interface FailingRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface TestResult {
  readonly name: string;
  readonly status: TestStatus;
  /** Rows found; 0 for a test that passed or could not run. */
  readonly failing_rows: number;
  /** Why it could not run, or how many rows it found; only where it did not pass. */
  readonly message?: string;
  /** Compiled; only where it did not pass. */
  readonly sql?: string;
  readonly failing?: FailingRows;
}

export interface RunTests {
  readonly run_id: string;
  /** End of the build, RFC 3339, UTC. */
  readonly at: string;
  readonly tests: readonly TestResult[];
}

type Place = Pick<Config, 'dataDirectory'>;

const directoryOf = ({ dataDirectory }: Place) => join(dataDirectory, 'quality');

/** Keeps the results of a build's tests; of a run that builds again, the last. */
export async function keepTestResults(
  config: Place,
  run: { readonly runId: string; readonly at: string },
  build: Pick<BuildResult, 'nodes'>,
): Promise<void> {
  const tests = build.nodes.filter(({ type }) => type === 'test');
  if (tests.length === 0) return;
  const results: RunTests = {
    run_id: run.runId,
    at: run.at,
    tests: tests.map((node) => ({
      name: node.name,
      status: node.status as TestStatus,
      failing_rows: node.failures ?? 0,
      ...(node.status === 'pass'
        ? {}
        : { message: node.message ?? '', sql: node.sql ?? '', failing: node.failing }),
    })),
  };
  const directory = directoryOf(config);
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${run.runId}.json`);
  await writeFile(`${path}.tmp`, JSON.stringify(results));
  await rename(`${path}.tmp`, path);
  for (const name of (await names(directory)).slice(runsKept)) {
    await rm(join(directory, name), { force: true });
  }
}

/** Results of the newest runs that tested, newest first. */
export async function readTestResults(config: Place, limit: number): Promise<RunTests[]> {
  const directory = directoryOf(config);
  const found: RunTests[] = [];
  for (const name of (await names(directory)).slice(0, limit)) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => undefined);
    if (text !== undefined) found.push(JSON.parse(text) as RunTests);
  }
  return found;
}

/** Newest first: run ids begin with their time. */
const names = async (directory: string): Promise<string[]> =>
  (await readdir(directory).catch(() => [] as string[]))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse();
