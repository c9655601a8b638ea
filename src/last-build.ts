/**
 * What the warehouse holds at the moment: the build that was last begun and how it ended. Steps that
 * are processes of their own judge and publish by it, whoever built.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
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
}

const none: TestSummary = { passed: 0, failed: 0, warned: 0, failures: [] };

type Place = Pick<Config, 'dataDirectory'>;
const path = (config: Place) => join(config.dataDirectory, 'run', 'last-build.json');

/** Notes that a build begins: nothing may be published before its end. */
export async function beginBuild(config: Place, runId: string): Promise<LastBuild> {
  const build = {
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
  const text = await readFile(path(config), 'utf8').catch(() => undefined);
  const build = text === undefined ? undefined : (JSON.parse(text) as LastBuild);
  if (build?.finished) return build;
  throw new TonearmError(
    'TNA_PIPELINE_NOT_BUILT',
    build === undefined
      ? 'Nothing has been built yet.'
      : `The build of run ${build.run_id} did not come to its end.`,
    { remedy: 'Run the step transform first.' },
  );
}
