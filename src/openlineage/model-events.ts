/** One run for each model that dbt built. */
import { isLakeTable, type LakeTableName } from '../../contracts/lake-tables.ts';
import type { BuildResult } from '../warehouse/index.ts';
import type { Datasets } from './datasets.ts';
import {
  type Dataset,
  type JobRun,
  type RunEvent,
  rowsWritten,
  runEvent,
  runIdOf,
} from './events.ts';

type Graph = NonNullable<BuildResult['graph']>;

/** START and COMPLETE or FAIL of each model, in the order in which they ended. Skipped models have not run. */
export function modelEvents(
  { graph, nodes }: Pick<BuildResult, 'graph' | 'nodes'>,
  options: {
    readonly parent: JobRun;
    /** Of the pipeline's run. */
    readonly runId: string;
    readonly datasets: Datasets;
    readonly lakeVersion: (table: LakeTableName) => number;
    /** ms since 1970: the end where dbt tells none. */
    readonly now: number;
  },
): RunEvent[] {
  if (graph === undefined) return [];
  const { parent, datasets } = options;
  return nodes.flatMap((built) => {
    const node = graph.nodes.find(({ dbt_id }) => dbt_id === built.id);
    if (node === undefined || built.type !== 'model' || built.status === 'skipped') return [];
    const ended = built.completedAt === undefined ? options.now : Date.parse(built.completedAt);
    const failed = built.status === 'error';
    const output = {
      ...datasets.warehouse(node.id, node.columns),
      ...(built.rows === undefined ? {} : rowsWritten(built.rows)),
    };
    const about = {
      ...{
        namespace: parent.namespace,
        job: `dbt.${node.id}`,
        parent,
        description: node.description,
      },
      runId: runIdOf(parent.runId, node.id),
      ...({ integration: 'DBT', jobType: 'MODEL' } as const),
    };
    const inputs = sourcesOf(graph, node.id).map((id) => datasetOf(id, graph, options));
    return [
      runEvent({ ...about, type: 'START', at: ended - built.seconds * 1000 }),
      runEvent({
        ...about,
        ...{ type: failed ? 'FAIL' : 'COMPLETE', at: ended, inputs, outputs: [output] },
        error: failed ? (built.message ?? 'It could not be built.') : undefined,
      }),
    ];
  });
}

/** What a model reads. Ephemeral models are no tables: what they read takes their place. */
function sourcesOf(graph: Graph, id: string): string[] {
  const found = graph.edges
    .filter(({ to }) => to === id)
    .flatMap(({ from }) => {
      const node = graph.nodes.find((one) => one.id === from);
      return node?.kept_as === 'ephemeral' ? sourcesOf(graph, from) : [from];
    });
  return [...new Set(found)];
}

function datasetOf(
  id: string,
  graph: Graph,
  { datasets, lakeVersion }: { datasets: Datasets; lakeVersion(table: LakeTableName): number },
): Dataset {
  const [layer, table = ''] = id.split('.');
  if (layer === 'lake' && isLakeTable(table)) return datasets.lake(table, lakeVersion(table));
  return datasets.warehouse(id, graph.nodes.find((one) => one.id === id)?.columns);
}
