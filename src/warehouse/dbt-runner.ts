import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { dbtPython } from '../../scripts/python-environment.mjs';
import type { Config } from '../config.ts';
import { type S3Access, s3Statements } from '../duckdb.ts';
import { TonearmError } from '../errors.ts';
import type { LakeFile } from '../lake/lake-file.ts';
import type { TestFailure, TestSummary } from '../run-records.ts';
import { writeLakeManifest } from './manifest.ts';
import { type ManifestGraph, type ModelGraph, modelGraph } from './model-graph.ts';
import { profiles, warehouseEnvironment } from './profiles.ts';
import { quotaError } from './snowflake/session.ts';
import type { FailingRows } from './test-results.ts';

const ownProject = fileURLToPath(new URL('../../dbt', import.meta.url));
const script = fileURLToPath(new URL('./runner.py', import.meta.url));

export interface BuildResult {
  /** Every model was built and no test of error severity failed: it may be published. */
  readonly ok: boolean;
  /** One sentence when a model could not be built. */
  readonly error?: string;
  readonly tests: TestSummary;
  readonly models: readonly { name: string; status: string; seconds: number; rows?: number }[];
  /** Every model and every test, in the order in which they ended. */
  readonly results: readonly NodeResult[];
  readonly nodes: readonly BuiltNode[];
  /** The models and what they are made of; absent when the project could not be read. */
  readonly graph?: ModelGraph;
}

/** What became of one model or test. */
export interface NodeResult {
  readonly name: string;
  readonly type: 'model' | 'test';
  /** dbt's word: success, pass, warn, fail, error, skipped. */
  readonly status: string;
  readonly seconds: number;
}

/** The same in full, for what is kept of a build. */
export interface BuiltNode extends NodeResult {
  /** dbt's unique id. */
  readonly id: string;
  readonly message: string | null;
  /** Rows that a test found. */
  readonly failures: number | null;
  /** Compiled. */
  readonly sql: string | null;
  /** Rows of a table after the build. */
  readonly rows?: number;
  /** The first rows that a test found. */
  readonly failing?: FailingRows;
  /** RFC 3339, UTC. */
  readonly completedAt?: string;
}

export interface BuildOptions {
  readonly fullRefresh: boolean;
  /** Leave out the models tagged `slow`, which may be some minutes old; all must have been built before. */
  readonly quick?: boolean;
  /** Models left out of a complete build, as dbt selects them, such as `tag:recommendations`. */
  readonly without?: readonly string[];
  /** Events that began in it are taken from the lake anew, and all that is made of them. */
  readonly range?: TimeRange;
  readonly files: readonly LakeFile[];
  /** How to read the files; undefined where their paths are enough. */
  readonly access?: S3Access;
  readonly runId: string;
}

/** From one moment up to before another: RFC 3339, UTC. */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** A dbt process that stays warm between builds. */
export interface DbtRunner {
  build(options: BuildOptions): Promise<BuildResult>;
  close(): Promise<void>;
  /** Ends it in the middle of its work, which is then done anew. */
  kill(): void;
}

interface Node {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly seconds: number;
  readonly message: string | null;
  readonly failures: number | null;
  readonly sql: string | null;
  readonly path: string;
  readonly severity: string;
  readonly rows?: number;
  readonly failing?: FailingRows;
  readonly completed_at: string | null;
}

type Answer =
  | { kind: 'ready' }
  | { kind: 'progress'; message: string }
  | ({ kind: 'graph' } & ManifestGraph)
  | { kind: 'built'; nodes: Node[] }
  | { kind: 'failed' | 'locked'; message: string };

/**
 * Starts the dbt process. It loads while the caller goes on; the first build waits for it.
 * @param options project: folder of the dbt project, the own one where it is left out.
 * @throws TonearmError TNA_WAREHOUSE_PYTHON_MISSING
 */
export async function startDbtRunner(
  config: Config,
  options: { python?: string; project?: string; onProgress?: (line: string) => void } = {},
): Promise<DbtRunner> {
  const folder = join(config.dataDirectory, 'run', 'dbt');
  await mkdir(folder, { recursive: true });
  await mkdir(dirname(config.warehouse.path), { recursive: true });
  await writeFile(join(folder, 'profiles.yml'), profiles(config));
  const child = spawn(options.python ?? dbtPython, ['-u', script, config.warehouse.kind], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...processEnvironment(),
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
      DBT_VERSION_CHECK: 'false',
      DBT_USE_COLORS: 'false',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  const { project = ownProject, onProgress = () => undefined } = options;
  return new WarmRunner(child, config, { folder, project, onProgress });
}

/** What a child needs to find its libraries and its home; nothing that could be a secret. */
function processEnvironment(): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/tmp' };
}

class WarmRunner implements DbtRunner {
  readonly #child: ChildProcess;
  readonly #config: Config;
  readonly #folder: string;
  readonly #project: string;
  readonly #onProgress: (line: string) => void;
  #complaint = '';
  #waiting: { resolve: (answer: Answer) => void; reject: (error: unknown) => void } | undefined;
  #gone: TonearmError | undefined;
  #graph: ModelGraph | undefined;

  constructor(
    child: ChildProcess,
    config: Config,
    parts: { folder: string; project: string; onProgress: (line: string) => void },
  ) {
    this.#child = child;
    this.#config = config;
    this.#folder = parts.folder;
    this.#project = parts.project;
    this.#onProgress = parts.onProgress;
    createInterface({ input: child.stdout! }).on('line', (line) =>
      this.#take(JSON.parse(line) as Answer),
    );
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-2000);
    });
    child.stdin!.on('error', () => undefined);
    child.on('error', (error) => this.#end(error));
    child.on('exit', () => this.#end(undefined));
  }

  async build({
    fullRefresh,
    quick = false,
    without = [],
    range,
    files,
    access,
    runId,
  }: BuildOptions): Promise<BuildResult> {
    if (this.#gone !== undefined) throw this.#gone;
    const request = {
      warehouse: this.#config.warehouse.path,
      project: this.#project,
      environment: warehouseEnvironment(this.#config.warehouse, `tonearm:${runId}:transform`),
      profiles: this.#folder,
      target: join(this.#folder, 'target'),
      logs: join(this.#folder, 'logs'),
      full_refresh: fullRefresh,
      without: quick ? ['tag:slow'] : without,
      // By the pipe to the process, so that keys are in no file, no argument and no log.
      connection_statements: access === undefined ? [] : s3Statements(access),
      vars: {
        lake_files:
          this.#config.warehouse.kind === 'duckdb'
            ? await writeLakeManifest(this.#config, files)
            : '',
        run_records: this.#config.runsDirectory,
        backfill_from: range?.from ?? '',
        backfill_to: range?.to ?? '',
        complete: !quick,
      },
    };
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    });
    if (answer.kind === 'locked') {
      throw new TonearmError('TNA_WAREHOUSE_LOCKED', answer.message, {
        remedy: 'Close the other program that has the warehouse open, then run again.',
      });
    }
    const graph = this.#graph === undefined ? {} : { graph: this.#graph };
    if (answer.kind === 'failed') {
      if (/resource monitor|exceeded its quota/i.test(answer.message))
        throw quotaError(answer.message);
      const nothing = { tests: none, models: [], results: [], nodes: [] };
      return { ok: false, error: answer.message, ...nothing, ...graph };
    }
    return { ...summarise(answer.kind === 'built' ? answer.nodes : []), ...graph };
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #take(answer: Answer): void {
    if (answer.kind === 'progress') this.#onProgress(answer.message);
    else if (answer.kind === 'graph') this.#graph = modelGraph(answer);
    else if (answer.kind !== 'ready') {
      this.#waiting?.resolve(answer);
      this.#waiting = undefined;
    }
  }

  #end(cause: unknown): void {
    this.#gone ??= new TonearmError(
      'TNA_WAREHOUSE_PYTHON_MISSING',
      `The dbt process ended${this.#complaint.trim() === '' ? '' : `: ${this.#complaint.trim().split('\n').at(-1)}`}.`,
      { cause, remedy: 'Delete .venv/dbt and run again: it is made anew.' },
    );
    this.#waiting?.reject(this.#gone);
    this.#waiting = undefined;
  }
}

const isTest = (node: Node) => node.type === 'test' || node.type === 'unit_test';

const resultOf = (node: Node): NodeResult => ({
  name: node.name,
  type: isTest(node) ? 'test' : 'model',
  status: node.status,
  seconds: Math.round(node.seconds * 1000) / 1000,
});

const none: TestSummary = { passed: 0, failed: 0, warned: 0, failures: [] };

function summarise(nodes: readonly Node[]): BuildResult {
  const models = nodes.filter((node) => !isTest(node));
  const tests = nodes.filter(isTest);
  const broken = models.find((node) => node.status === 'error');
  // dbt reports no result for an ephemeral model: its failure shows in the models skipped for it only.
  const skipped = models.find((node) => node.status === 'skipped');
  const count = (status: string[]) => tests.filter((node) => status.includes(node.status)).length;
  const failed = count(['fail', 'error']);
  const failures = tests
    .filter((node) => ['fail', 'error', 'warn'].includes(node.status))
    .map(
      (node): TestFailure => ({
        name: node.name,
        severity: node.status === 'warn' ? 'warn' : 'error',
        failing_rows: node.failures ?? 0,
        message: node.message ?? '',
        sql: node.sql ?? undefined,
      }),
    );
  const blamed = broken ?? (failed === 0 ? skipped : undefined);
  return {
    ok: broken === undefined && skipped === undefined && failed === 0,
    ...(blamed === undefined
      ? {}
      : {
          error: `${blamed.path}: ${oneLine(blamed.message || 'It was skipped, since a model before it could not be built.')}`,
        }),
    tests: { passed: count(['pass']), failed, warned: count(['warn']), failures },
    models: models.map(({ name, status, seconds, rows }) => ({
      name,
      status,
      seconds,
      ...(rows === undefined ? {} : { rows }),
    })),
    results: nodes.map((node) => resultOf(node)),
    nodes: nodes.map((node) => {
      const { id, message, failures, sql, rows, failing, completed_at: completedAt } = node;
      return {
        ...resultOf(node),
        ...{ id, message, failures, sql },
        ...(rows === undefined ? {} : { rows }),
        ...(failing === undefined ? {} : { failing }),
        ...(completedAt === null ? {} : { completedAt }),
      };
    }),
  };
}

const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('compiled code at'))
    .slice(0, 3)
    .join(' ');
