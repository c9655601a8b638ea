/** The models of the dbt project and what each is made of: what the manifest says, named as people name tables. */
import { eventTopics } from '../../contracts/index.ts';
import { testSentence } from '../../contracts/test-sentence.ts';

/** In the order in which data passes through them. */
export const layers = ['topic', 'lake', 'bronze', 'staging', 'silver', 'gold', 'shown'] as const;

export type Layer = (typeof layers)[number];

export interface GraphNode {
  /** `silver.plays`; also `topic.plays`, `lake.plays`, `shown.web_app`. */
  readonly id: string;
  /** dbt's unique id; the same as id for topics. */
  readonly dbt_id: string;
  readonly layer: Layer;
  /** Without its grain. */
  readonly description: string;
  /** `one row per …`; empty where there is none. */
  readonly grain: string;
  /** table, incremental, view, ephemeral; null outside the models. */
  readonly kept_as: string | null;
  /** May be some minutes older than the others. */
  readonly slow: boolean;
  readonly columns: readonly GraphColumn[];
  /** Where it is shown, of what shows marts. */
  readonly url: string | null;
}

export interface GraphColumn {
  readonly name: string;
  readonly type: string | null;
  readonly description: string;
}

export interface GraphTest {
  readonly name: string;
  readonly dbt_id: string;
  /** In words, for example `topic, hour together are unique`. */
  readonly title: string;
  /** The name of the generic test; `query` for a test that is a query of its own. */
  readonly kind: string;
  /** What it judges; null for a query over several tables. */
  readonly model: string | null;
  /** Every table that it reads. */
  readonly reads: readonly string[];
  readonly column: string | null;
  readonly severity: 'error' | 'warn';
}

export interface ModelGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly tests: readonly GraphTest[];
}

/** What `build_facts.py` reads from dbt's manifest. */
export interface ManifestGraph {
  readonly nodes: readonly {
    readonly id: string;
    readonly type: string;
    readonly name: string;
    readonly schema: string;
    readonly description: string;
    readonly materialized: string | null;
    readonly tags: readonly string[];
    readonly columns: readonly GraphColumn[];
    readonly depends_on: readonly string[];
    readonly url: string | null;
  }[];
  readonly tests: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly column: string | null;
    readonly model: string | null;
    readonly depends_on: readonly string[];
    readonly severity: string;
    readonly description: string;
  }[];
}

/** Adds the topics in front, and names everything by layer and table. */
export function modelGraph(manifest: ManifestGraph): ModelGraph {
  const layerOf = ({ type, schema }: ManifestGraph['nodes'][number]): Layer =>
    type === 'exposure' ? 'shown' : type === 'source' ? 'lake' : (schema.toLowerCase() as Layer);
  const ids = new Map(
    manifest.nodes.map((node) => [node.id, `${layerOf(node)}.${node.name.toLowerCase()}`]),
  );
  const known = (dbtIds: readonly string[]) => dbtIds.flatMap((id) => ids.get(id) ?? []);
  const nodes = manifest.nodes.map((node): GraphNode => {
    const [description = '', grain = ''] = node.description.split(/\s*Grain: /);
    return {
      id: ids.get(node.id)!,
      dbt_id: node.id,
      layer: layerOf(node),
      description,
      grain: grain.trim().replace(/\.$/, ''),
      kept_as: node.type === 'model' ? node.materialized : null,
      slow: node.tags.includes('slow'),
      columns: node.columns,
      url: node.url,
    };
  });
  const lake = nodes.filter(({ layer }) => layer === 'lake').map(({ id }) => id.slice(5));
  const topics = [...eventTopics, 'dead_letters'].filter((name) => lake.includes(name));
  return {
    nodes: [...topics.map(topicNode), ...nodes].sort(
      (one, other) =>
        layers.indexOf(one.layer) - layers.indexOf(other.layer) || one.id.localeCompare(other.id),
    ),
    edges: [
      ...topics.map((topic) => ({ from: `topic.${topic}`, to: `lake.${topic}` })),
      ...manifest.nodes.flatMap((node) =>
        [...new Set(known(node.depends_on))].map((from) => ({ from, to: ids.get(node.id)! })),
      ),
    ],
    tests: manifest.tests.map((one) => ({
      name: one.name,
      dbt_id: one.id,
      title: titleOf(one),
      kind: one.kind,
      model: one.model === null ? null : (ids.get(one.model) ?? null),
      reads: [...new Set(known(one.depends_on))],
      column: one.column,
      severity: one.severity === 'warn' ? 'warn' : 'error',
    })),
  };
}

const topicNode = (topic: string): GraphNode => ({
  id: `topic.${topic}`,
  dbt_id: `topic.${topic}`,
  layer: 'topic',
  description: `The topic ${topic} of the log.`,
  grain: 'one record per event',
  kept_as: null,
  slow: false,
  columns: [],
  url: null,
});

function titleOf(one: ManifestGraph['tests'][number]): string {
  if (one.kind === 'query') return one.description || one.name.replaceAll('_', ' ');
  const sentence = testSentence(one.kind, one.arguments)
    .replaceAll('`', '')
    .replaceAll(/\{\{ var\('(\w+)'\) \}\}/g, (_, name: string) => name.replaceAll('_', ' '));
  return one.column === null ? sentence : `${one.column}: ${sentence}`;
}
