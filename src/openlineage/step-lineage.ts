/** What the steps of a run read and wrote, and what each model was made of. */
import { lakeTopics } from '../../contracts/index.ts';
import { isLakeTable, type LakeTableName } from '../../contracts/lake-tables.ts';
import type { Config } from '../config.ts';
import type { LakeFile } from '../lake/lake-file.ts';
import type { StepStatus } from '../run-records.ts';
import { type BuildResult, readCurrentMarts, readLineage } from '../warehouse/index.ts';
import { assertionsOf } from './assertions.ts';
import { datasetsOf } from './datasets.ts';
import type { LineageSender } from './deliver.ts';
import { type Dataset, type JobRun, rowsRead, rowsWritten, runEvent, runIdOf } from './events.ts';
import { modelEvents } from './model-events.ts';

interface Outcome {
  readonly status: StepStatus;
  readonly counts?: Readonly<Record<string, number>>;
  readonly message?: string;
  readonly stop?: boolean;
}

interface Ends {
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
}

export class StepLineage {
  readonly #config: Config;
  readonly #sender: LineageSender;
  readonly #clock: () => number;
  readonly #runId: string;
  readonly #files: () => readonly LakeFile[];
  readonly #datasets;
  #build: BuildResult | undefined;

  constructor(options: {
    readonly config: Config;
    readonly sender: LineageSender;
    readonly clock: () => number;
    /** Of the pipeline's run. */
    readonly runId: string;
    /** What the lake holds now. */
    readonly files: () => readonly LakeFile[];
  }) {
    this.#config = options.config;
    this.#sender = options.sender;
    this.#clock = options.clock;
    this.#runId = options.runId;
    this.#files = options.files;
    this.#datasets = datasetsOf(options.config);
  }

  /** Takes note of what dbt did; told when the step ends. */
  built(build: BuildResult): void {
    this.#build = build;
  }

  /** The same work, which tells when it has begun to do something and how it ended. */
  around<O extends Outcome>(
    step: string,
    work: (signal: AbortSignal) => Promise<O>,
  ): (signal: AbortSignal) => Promise<O> {
    return async (signal) => {
      const started = this.#clock();
      this.#build = undefined;
      // The long step is told of at once. The others are told of when it is known that they had work.
      const early = step === 'transform';
      if (early) await this.#tell(step, started, 'START');
      try {
        const outcome = await work(signal);
        const idle =
          outcome.status === 'skipped' || outcome.stop === true || hasStoredNothing(step, outcome);
        if (idle && !early) return outcome;
        if (!early) await this.#tell(step, started, 'START');
        await this.#tell(step, started, 'COMPLETE', await this.#ends(step, outcome));
        return outcome;
      } catch (error) {
        if (!early) await this.#tell(step, started, 'START');
        const message = error instanceof Error ? error.message : String(error);
        await this.#tell(
          step,
          started,
          'FAIL',
          await this.#ends(step, { status: 'failed' }),
          message,
        );
        throw error;
      }
    };
  }

  async #tell(
    step: string,
    started: number,
    type: 'START' | 'COMPLETE' | 'FAIL',
    ends: Ends = { inputs: [], outputs: [] },
    error?: string,
  ): Promise<void> {
    const { namespace } = this.#config.openLineage;
    const pipeline: JobRun = {
      ...{ namespace, job: 'pipeline', runId: runIdOf(this.#runId) },
    };
    const self: JobRun = {
      ...{ namespace, job: `pipeline.${step}` },
      // A step that is tried again is a run of its own.
      runId: runIdOf(this.#runId, step, String(started)),
    };
    const event = runEvent({
      ...self,
      ...{ type, parent: pipeline, integration: 'TONEARM', jobType: 'STEP', error },
      ...{ at: type === 'START' ? started : this.#clock(), ...ends },
    });
    const build = type === 'START' ? undefined : this.#build;
    const models =
      build === undefined
        ? []
        : modelEvents(build, {
            ...{ parent: self, runId: this.#runId, datasets: this.#datasets },
            lakeVersion: (table) => newestVersion(this.#files(), table),
            now: this.#clock(),
          });
    await this.#sender.send([...models, event]);
  }

  async #ends(step: string, { counts = {} }: Outcome): Promise<Ends> {
    const datasets = this.#datasets;
    const files = this.#files();
    const topics = lakeTopics.map((topic) => datasets.topic(topic));
    const lake = (written: boolean) =>
      [...new Set(files.map(({ table }) => table))].map((table) => ({
        ...datasets.lake(table, newestVersion(files, table)),
        ...(written ? {} : rowsRead(liveRows(files, table))),
      }));
    switch (step) {
      case 'ingest':
        return {
          inputs: topics,
          outputs: Object.entries(counts).flatMap(([table, rows]) =>
            isLakeTable(table) && rows > 0
              ? [{ ...datasets.lake(table, newestVersion(files, table)), ...rowsWritten(rows) }]
              : [],
          ),
        };
      case 'compact':
        return { inputs: lake(false), outputs: lake(true) };
      case 'validate':
        return { inputs: [...topics, ...lake(false)], outputs: [] };
      case 'transform':
        return { inputs: lake(false), outputs: this.#built() };
      case 'quality':
        return { inputs: await assertionsOf(this.#config, datasets), outputs: [] };
      case 'recommend':
        return {
          inputs: ['listener_taste', 'track_catalogue'].map((name) =>
            datasets.warehouse(`gold.${name}`),
          ),
          outputs: [
            {
              ...datasets.warehouse('gold.recommendations'),
              ...(counts.recommendations === undefined ? {} : rowsWritten(counts.recommendations)),
            },
            datasets.warehouse('gold.recommendation_choice'),
          ],
        };
      case 'publish':
        return await this.#published(counts);
      default:
        return { inputs: [], outputs: [] };
    }
  }

  #built(): Dataset[] {
    const { graph, nodes } = this.#build ?? { graph: undefined, nodes: [] };
    return (graph?.nodes ?? []).flatMap((node) => {
      const rows = nodes.find(({ id }) => id === node.dbt_id)?.rows;
      if (rows === undefined || node.layer === 'staging') return [];
      return [{ ...this.#datasets.warehouse(node.id, node.columns), ...rowsWritten(rows) }];
    });
  }

  async #published(counts: Readonly<Record<string, number>>): Promise<Ends> {
    const marts = await readCurrentMarts(this.#config);
    const graph = await readLineage(this.#config).catch(() => undefined);
    const columns = (table: string) =>
      graph?.nodes.find(({ id }) => id === `gold.${table}`)?.columns;
    const tables = Object.entries(counts);
    return {
      inputs: tables.map(([table]) => this.#datasets.warehouse(`gold.${table}`, columns(table))),
      outputs: tables.map(([table, rows]) => ({
        ...this.#datasets.mart(table, marts?.version ?? '', columns(table)),
        ...rowsWritten(rows),
      })),
    };
  }
}

/** An ingest that found the lake as far as the log. */
const hasStoredNothing = (step: string, { counts = {} }: Outcome): boolean =>
  step === 'ingest' && Object.values(counts).every((rows) => rows === 0);

const ofTable = (files: readonly LakeFile[], table: LakeTableName) =>
  files.filter((file) => file.table === table);

const newestVersion = (files: readonly LakeFile[], table: LakeTableName): number =>
  ofTable(files, table).reduce((newest, { version }) => Math.max(newest, version), 0);

const liveRows = (files: readonly LakeFile[], table: LakeTableName): number =>
  ofTable(files, table).reduce((sum, { live, rows }) => sum + (live ? rows : 0), 0);
