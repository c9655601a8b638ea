/**
 * What the warehouse holds at the moment: the build that was last begun and how it ended. Steps that
 * are processes of their own judge and publish by it, whoever built.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { TonearmError } from './errors.ts';
import type { Versions } from './published-versions.ts';
import type { TestSummary } from './run-records.ts';

export interface LastBuild {
  readonly id: string;
  readonly run_id: string;
  /** False while it is built, and when that was cut short. */
  readonly finished: boolean;
  /** Every model was built and no test of error severity failed. */
  readonly ok: boolean;
  readonly tests: TestSummary;
  readonly versions: Versions;
  /** The version of the marts that shows it. */
  readonly published?: string;
  /** True when it left out the models that can wait: a complete run has work to do, even where nothing is new. */
  readonly quick?: boolean;
  /** The last build that left no model out and passed, this one or an earlier one. */
  readonly complete?: CompleteBuild;
}

export interface CompleteBuild {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Rows that the lake had. */
  readonly rows: number;
  /** The warehouse that it was built in. */
  readonly warehouse: string;
}

/** A lake that has grown by this factor is another one: what was built of it says little. */
export const grown = 1.5;
/** A complete build is made once a day, and a run an hour early counts. */
const completeMs = 23 * 3_600_000;

const none: TestSummary = { passed: 0, failed: 0, warned: 0, failures: [] };

type Place = Pick<Config, 'dataDirectory'>;
const path = (config: Place) => join(config.dataDirectory, 'run', 'last-build.json');

/** Notes that a build begins: nothing may be published before its end. */
export async function beginBuild(config: Place, runId: string): Promise<LastBuild> {
  const complete = (await readAny(config))?.complete;
  const build = {
    ...(complete === undefined ? {} : { complete }),
    id: randomUUID(),
    run_id: runId,
    finished: false,
    ok: false,
    tests: none,
    versions: {},
  };
  await writeBuild(config, build);
  return build;
}

export async function writeBuild(config: Place, build: LastBuild): Promise<void> {
  await mkdir(join(config.dataDirectory, 'run'), { recursive: true });
  await writeFile(`${path(config)}.tmp`, JSON.stringify(build));
  await rename(`${path(config)}.tmp`, path(config));
}

/**
 * The build that the warehouse holds.
 * @throws TonearmError TNA_PIPELINE_NOT_BUILT when there is none, or it did not come to its end.
 */
export async function readBuild(config: Place): Promise<LastBuild> {
  const build = await readAny(config);
  if (build?.finished) return build;
  throw new TonearmError(
    'TNA_PIPELINE_NOT_BUILT',
    build === undefined
      ? 'Nothing has been built yet.'
      : `The build of run ${build.run_id} did not come to its end.`,
    { remedy: 'Run the step transform first.' },
  );
}

async function readAny(config: Place): Promise<LastBuild | undefined> {
  const text = await readFile(path(config), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LastBuild);
}

/** True when the last build left models out. */
export async function hasLeftOut(config: Place): Promise<boolean> {
  return (await readAny(config))?.quick === true;
}

/** What is noted of a complete build that passed. @param rows rows of the lake. @param now ms since 1970. */
export async function completeBuild(
  { warehouse }: Pick<Config, 'warehouse'>,
  rows: number,
  now: number,
): Promise<CompleteBuild> {
  return { at: new Date(now).toISOString(), rows, warehouse: await placeOf(warehouse) };
}

/**
 * True when models that can wait may be left out of a build: they were built today, in this warehouse, of a lake
 * that has not become another one since.
 */
export async function mayLeaveOut(
  config: Pick<Config, 'dataDirectory' | 'warehouse'>,
  rows: number,
  now: number,
): Promise<boolean> {
  const complete = (await readAny(config))?.complete;
  return (
    complete !== undefined &&
    complete.warehouse === (await placeOf(config.warehouse)) &&
    now - Date.parse(complete.at) < completeMs &&
    rows < complete.rows * grown
  );
}

/** A file that was deleted and made anew is another warehouse. */
async function placeOf(warehouse: Config['warehouse']): Promise<string> {
  if (warehouse.kind === 'snowflake') return `${warehouse.account}/${warehouse.database}`;
  const file = await stat(warehouse.path).catch(() => undefined);
  return file === undefined ? '' : `${file.ino}-${Math.round(file.birthtimeMs)}`;
}
