import { z } from 'zod';
import { type Lineage, layers, type RunTests, type TestStatus } from '../../warehouse/index.ts';
import { type Api, count, instant } from '../api.ts';

const nodeStatuses = ['success', 'error', 'skipped'] as const;

const lineageNode = z
  .object({
    id: z.string().describe('`silver.plays`; topics, the lake and what shows marts are nodes too.'),
    layer: z.enum(layers),
    description: z.string(),
    grain: z.string().describe('What one row is; empty where there is none.'),
    kept_as: z.string().nullable().describe('table, incremental, view or ephemeral; models only.'),
    slow: z.boolean().describe('May be some minutes older than the others.'),
    columns: z.array(
      z.object({ name: z.string(), type: z.string().nullable(), description: z.string() }),
    ),
    url: z.string().nullable().describe('Where it can be looked at.'),
    rows: count.nullable().describe('Null for views and before the first build.'),
    status: z
      .enum(nodeStatuses)
      .nullable()
      .describe('What became of it when it was last to be built.'),
    built_at: instant.nullable(),
    seconds: z.number().nullable(),
    tests: z
      .object({ passed: count, warned: count, failed: count })
      .describe('Tests that judge it, as they last ran.'),
  })
  .meta({ id: 'LineageNode' });

const answer = z
  .object({
    at: instant.nullable().describe('End of the last build; null before the first.'),
    run_id: z.string().nullable(),
    ok: z.boolean().nullable().describe('It could be published.'),
    nodes: z.array(lineageNode).describe('By layer, then by name.'),
    edges: z
      .array(z.object({ from: z.string(), to: z.string() }))
      .describe('`to` is made from `from`.'),
  })
  .meta({ id: 'Lineage', title: 'The models and what each is made of' });

/** What the dashboards show, model by model back to the topics. */
export function lineageRoutes(
  app: Api,
  read: () => Promise<{ lineage: Lineage | undefined; tested: readonly RunTests[] }>,
): void {
  app.get(
    '/api/lineage',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'The models and what each is made of',
        description: 'From the topics to what shows the marts, as the last build knew them.',
        tags: ['state'],
        response: { 200: answer },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const { lineage, tested } = await read();
      if (lineage === undefined) return { at: null, run_id: null, ok: null, nodes: [], edges: [] };
      const last = newestResults(tested);
      return {
        at: lineage.at,
        run_id: lineage.run_id,
        ok: lineage.ok,
        nodes: lineage.nodes.map(({ dbt_id: _, ...node }) => {
          const state = lineage.states[node.id];
          return {
            ...node,
            columns: [...node.columns],
            rows: state?.rows ?? null,
            status: statusOf(state?.status),
            built_at: state?.at ?? null,
            seconds: state?.seconds ?? null,
            tests: countTests(lineage, node.id, last),
          };
        }),
        edges: [...lineage.edges],
      };
    },
  );
}

const statusOf = (word: string | undefined) => nodeStatuses.find((one) => one === word) ?? null;

/** Status of each test in the newest run that ran it. */
function newestResults(tested: readonly RunTests[]): Map<string, TestStatus> {
  const newest = new Map<string, TestStatus>();
  for (const { tests } of tested) {
    for (const { name, status } of tests) if (!newest.has(name)) newest.set(name, status);
  }
  return newest;
}

function countTests(lineage: Lineage, id: string, last: ReadonlyMap<string, TestStatus>) {
  const found = { passed: 0, warned: 0, failed: 0 };
  for (const test of lineage.tests) {
    if (test.model !== id && !(test.model === null && test.reads.includes(id))) continue;
    const status = last.get(test.name);
    if (status === 'pass') found.passed += 1;
    else if (status === 'warn') found.warned += 1;
    else if (status === 'fail' || status === 'error') found.failed += 1;
  }
  return found;
}
