/** What each step of the pipeline does on this machine. */
import type { Config } from './config.ts';
import { TonearmError } from './errors.ts';
import { reconcile } from './lake/accounting.ts';
import { compactTable } from './lake/compaction.ts';
import { lakeFileError } from './lake/file-errors.ts';
import { requireRows } from './lake/file-rows.ts';
import { type Lake, type LakeFile, openReader } from './lake/index.ts';
import { Sink } from './lake/sink.ts';
import { sinkGroup } from './lake/sink-group.ts';
import {
  beginBuild,
  completeBuild,
  hasLeftOut,
  mayLeaveOut,
  readBuild,
  writeBuild,
} from './last-build.ts';
import type { EventLog } from './log/index.ts';
import { type LineageSender, StepLineage } from './openlineage/index.ts';
import type { StepName, StepWork } from './pipeline.ts';
import {
  dataVersions,
  readPublishedVersions,
  sameVersions,
  type Versions,
  writePublishedVersions,
} from './published-versions.ts';
import { recommendStep } from './recommend-step.ts';
import type { TestSummary } from './run-records.ts';
import type { Telemetry } from './telemetry.ts';
import {
  type BuildResult,
  type DbtRunner,
  keepLineage,
  keepTestResults,
  prepareRecommendations,
  prepareSnowflake,
  publishMarts,
  readCurrentMarts,
  type TimeRange,
} from './warehouse/index.ts';

export interface PipelineParts {
  readonly config: Config;
  readonly log: EventLog;
  readonly lake: Lake;
  /** The warm dbt process; started when it is first needed. */
  readonly runner: () => Promise<DbtRunner>;
  readonly clock: () => number;
  readonly telemetry?: Telemetry;
  /** Where what the steps read and wrote is told. */
  readonly lineage?: LineageSender | undefined;
  readonly runId: string;
  readonly fullRefresh: boolean;
  /** A backfill: events that began in it are built anew, whether the lake has new ones or not. */
  readonly range?: TimeRange;
  /** True to leave the models that can wait as they are, where they were built today. */
  readonly quick?: boolean;
  /** False to leave the recommendations as they are. */
  readonly recommend?: boolean;
  /** False where a sink of its own follows the log. */
  readonly ingest: boolean;
}

/** What a run finds out on its way. */
export interface PipelineFindings {
  /** What became of each model and test, where this run has built. */
  results?: BuildResult['results'];
  tests: TestSummary;
  martVersion?: string;
  /** What the published marts have taken in of the lake. */
  versions?: Versions;
}

export const noTests: TestSummary = { passed: 0, failed: 0, warned: 0, failures: [] };

/** The work of every step; `findings` fills up as they run. */
export function pipelineWork(
  parts: PipelineParts,
  findings: PipelineFindings,
): Record<StepName, StepWork> {
  const { config, log, lake, clock, runId, fullRefresh, range } = parts;
  const lineage =
    parts.lineage === undefined
      ? undefined
      : new StepLineage({ config, sender: parts.lineage, clock, runId, files: () => lake.files() });
  const work: Record<StepName, StepWork> = {
    async ingest(signal) {
      if (!parts.ingest) return { status: 'skipped', message: 'A sink is running beside this.' };
      const group = sinkGroup(lake.store, config.flushMs);
      await group.beat();
      if (group.members.length > 1) {
        await group.leave();
        return { status: 'skipped', message: 'A sink is running beside this.' };
      }
      const sink = new Sink({
        config,
        log,
        lake,
        clock,
        group,
        signal,
        untilIdle: true,
        onCommit: (flush) => parts.telemetry?.flushed(runId, flush),
      });
      const result = await sink.run();
      return { status: 'success', counts: { ...result.committed } };
    },
    async compact(signal) {
      let hours = 0;
      for (const table of Object.values(lake.tables)) {
        const done = await compactTable(table, { signal }).catch((error) => {
          throw lakeFileError(String(error), error) ?? error;
        });
        hours += done.hours;
      }
      return hours === 0
        ? { status: 'skipped', message: 'Every closed hour is one file.' }
        : { status: 'success', counts: { hours } };
    },
    async validate() {
      await lake.refresh();
      const counts = await reconcile(log, lake);
      const published = await readCurrentMarts(config);
      if (published === undefined && counts.stored === 0) {
        return { status: 'success', counts, stop: true, message: 'The lake is still empty.' };
      }
      const seen = published === undefined ? undefined : await readPublishedVersions(config);
      const asked = fullRefresh || range !== undefined;
      const isBehind = parts.quick !== true && (await hasLeftOut(config));
      if (
        !asked &&
        !isBehind &&
        seen !== undefined &&
        sameVersions(seen, dataVersions(lake.files()))
      ) {
        return {
          status: 'success',
          counts,
          stop: true,
          message: 'Nothing new since the last publish.',
        };
      }
      return { status: 'success', counts };
    },
    async transform() {
      const runner = await parts.runner();
      const access = await lake.store.readerAccess();
      const files = lake.files();
      const rows = files.reduce((sum, file) => sum + file.rows, 0);
      const asked = fullRefresh || range !== undefined;
      const quick = parts.quick === true && !asked && (await mayLeaveOut(config, rows, clock()));
      // Snowflake counts what it reads, as it may pass over a file.
      if (config.warehouse.kind === 'snowflake') await prepareSnowflake(config, files, runId);
      else if (!fullRefresh) await requireRowsOfFiles(config, lake, quick);
      const begun = await beginBuild(config, runId);
      const sources = { files, access, runId };
      let build = await runner.build({ fullRefresh, quick, range, ...sources });
      const anew = whyAnew(build);
      if (anew !== undefined)
        build = await runner.build({ fullRefresh: true, quick: false, ...sources });
      findings.results = build.results;
      const run = { runId, at: new Date(clock()).toISOString() };
      await keepTestResults(config, run, build);
      await keepLineage(config, run, build, files);
      lineage?.built(build);
      findings.tests = build.tests;
      const isQuick = quick && anew === undefined;
      const isComplete = build.ok && !isQuick;
      await writeBuild(config, {
        ...begun,
        ...(isComplete ? { complete: await completeBuild(config, rows, clock()) } : {}),
        quick: isQuick,
        finished: build.error === undefined,
        ok: build.ok,
        tests: build.tests,
        versions: dataVersions(files),
      });
      if (build.error !== undefined) {
        throw (
          lakeFileError(build.error) ??
          new TonearmError('TNA_WAREHOUSE_BUILD_FAILED', build.error, {
            remedy: 'Nothing was published. Correct the model, then run again.',
          })
        );
      }
      const counts = Object.fromEntries(
        build.models.flatMap((model) =>
          model.rows === undefined ? [] : [[model.name, model.rows]],
        ),
      );
      return anew === undefined
        ? { status: 'success', counts }
        : { status: 'success', counts, message: `Built anew as a whole: ${anew}.` };
    },
    async quality() {
      const { ok, tests } = await readBuild(config);
      const { passed, failed, warned, failures } = tests;
      findings.tests = tests;
      if (!ok) {
        const names = failures.filter((one) => one.severity === 'error').map((one) => one.name);
        throw new TonearmError(
          'TNA_QUALITY_FAILED',
          `${failed} of ${passed + failed} tests failed: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}.`,
          { remedy: 'Nothing was published. Pipeline health shows the failing rows and the SQL.' },
        );
      }
      return { status: 'success', counts: { passed, failed, warned } };
    },
    async recommend(signal) {
      if (parts.recommend === false) {
        return { status: 'skipped', message: 'Recommendations are renewed now and then.' };
      }
      await prepareRecommendations(config, lake.store, runId);
      return await recommendStep({ config, clock, signal, fullRefresh });
    },
    async publish() {
      const build = await readBuild(config);
      const before = await readCurrentMarts(config);
      if (before !== undefined && before.version === build.published) {
        return { status: 'skipped', message: `${before.version} shows the last build already.` };
      }
      if (!build.ok)
        throw new TonearmError('TNA_QUALITY_FAILED', 'The last build failed its tests.');
      const published = await publishMarts(config, {
        version: martVersion(clock()),
        runId,
        publishedAt: new Date(clock()).toISOString(),
        tests: build.tests,
        store: lake.store,
      });
      findings.martVersion = published.version;
      findings.versions = build.versions;
      await writePublishedVersions(config, build.versions);
      await writeBuild(config, { ...build, published: published.version });
      return { status: 'success', counts: published.tables };
    },
  };
  if (lineage === undefined) return work;
  const names = Object.keys(work) as StepName[];
  return Object.fromEntries(
    names.map((name) => [name, lineage.around(name, work[name])]),
  ) as Record<StepName, StepWork>;
}

/** Why a build must be followed by one that takes nothing over from the warehouse; undefined when it need not. */
function whyAnew({ results, error }: BuildResult): string | undefined {
  // An event is another listener's, track's or day's than before: rows that no new event names have to go.
  const hasMoved = results.some(
    ({ name, status }) => name === 'no_event_has_moved' && status === 'fail',
  );
  if (hasMoved) return 'an event had moved';
  // dbt's words for `on_schema_change: fail`.
  if (error?.includes('target schemas on this incremental model are out of sync')) {
    return 'a model has other columns than the warehouse';
  }
  return undefined;
}

/** `20251118T140307120Z`: sorts by time. */
const martVersion = (time: number): string => new Date(time).toISOString().replaceAll(/[-:.]/g, '');

/**
 * Files that silver has not taken in: once it has, what they lacked would be missed by nobody. In a complete build
 * all that are live, which nothing else reads again.
 */
async function requireRowsOfFiles(config: Config, lake: Lake, quick: boolean): Promise<void> {
  const seen = (await readPublishedVersions(config)) ?? {};
  const isNew = ({ table, version, dataChange }: LakeFile) =>
    dataChange && version > (seen[table] ?? Number.POSITIVE_INFINITY);
  const files = lake.files().filter((file) => isNew(file) || (!quick && file.live));
  if (files.length === 0) return;
  const { connection, close } = await openReader(lake.store);
  await requireRows(connection, files).finally(close);
}
