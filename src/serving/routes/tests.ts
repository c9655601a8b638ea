import { z } from 'zod';
import type { GraphTest, Lineage, RunTests, TestResult } from '../../warehouse/index.ts';
import { type Api, count, instant, limitParameter } from '../api.ts';
import { type Cell, withTextsHidden } from '../hidden-texts.ts';
import { problem, sendProblem } from '../problem.ts';

const status = z.enum(['pass', 'warn', 'fail', 'error', 'skipped']);

const test = z
  .object({
    name: z.string(),
    title: z.string().describe('In words.'),
    model: z.string().nullable().describe('What it judges; null for a query over several tables.'),
    reads: z.array(z.string()).describe('Every table that it reads.'),
    column: z.string().nullable(),
    severity: z.enum(['error', 'warn']).describe('An error publishes nothing, a warning does.'),
    status: status.nullable().describe('When it last ran; null when it has not.'),
    failing_rows: count,
    run_id: z.string().nullable().describe('The run in which it last ran.'),
    at: instant.nullable(),
    history: z.array(status.nullable()).describe('In each of `runs`; null where it did not run.'),
  })
  .meta({ id: 'QualityTest' });

const oneTest = test
  .omit({ history: true })
  .extend({
    sql: z.string().describe('Finds the failing rows.'),
    results: z
      .array(z.object({ run_id: z.string(), at: instant, status, failing_rows: count }))
      .describe('Newest first.'),
    failure: z
      .object({
        run_id: z.string(),
        at: instant,
        status,
        failing_rows: count,
        message: z.string(),
        sql: z.string(),
        columns: z.array(z.string()),
        rows: z
          .array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])))
          .describe('The first of the failing rows.'),
        hidden_columns: z
          .array(z.string())
          .describe(
            'Columns whose texts only the owner sees: they may name listeners, or what one heard.',
          ),
      })
      .nullable()
      .describe('The newest run in which it found something, or the one that was asked for.'),
  })
  .meta({ id: 'QualityTestInFull' });

type Read = () => Promise<{ lineage: Lineage | undefined; tested: readonly RunTests[] }>;

const rank = { error: 0, fail: 1, warn: 2, skipped: 3, pass: 4 };

/** What the tests of the builds said. */
export function testRoutes(app: Api, read: Read): void {
  app.get(
    '/api/tests',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Tests of the data over the last runs',
        tags: ['state'],
        querystring: z.strictObject({ runs: limitParameter(30, 200) }),
        response: {
          200: z
            .object({
              runs: z
                .array(
                  z.object({
                    run_id: z.string(),
                    at: instant,
                    passed: count,
                    warned: count,
                    failed: count,
                  }),
                )
                .describe('Runs that tested, newest first.'),
              tests: z.array(test).describe('What failed last comes first.'),
            })
            .meta({ id: 'QualityTests' }),
        },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { lineage, tested } = await read();
      const runs = tested.slice(0, request.query.runs);
      const found = [...known(lineage, tested)].map(([name, about]) => ({
        ...summary(name, about, tested),
        history: runs.map(({ tests }) => tests.find((one) => one.name === name)?.status ?? null),
      }));
      const place = (one: (typeof found)[number]) => rank[one.status ?? 'pass'];
      return { runs: runs.map(countRun), tests: found.sort((a, b) => place(a) - place(b)) };
    },
  );
  app.get(
    '/api/tests/:name',
    {
      // The rows that a test found may be somebody's listening: only the owner sees their texts.
      config: { access: 'operator' },
      schema: {
        summary: 'One test of the data, with the rows that it found',
        tags: ['state'],
        params: z.object({ name: z.string().min(1).max(300) }),
        querystring: z.strictObject({
          run_id: z
            .string()
            .min(1)
            .max(200)
            .optional()
            .describe('The newest failure when left out.'),
        }),
        response: { 200: oneTest, 404: problem },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { name } = request.params;
      const { lineage, tested } = await read();
      const about = known(lineage, tested);
      if (!about.has(name)) {
        return sendProblem(reply, 404, 'TNA_SERVING_NOT_FOUND', `There is no test ${name}.`, {
          remedy: 'GET /api/tests lists the tests.',
        });
      }
      const results = resultsOf(name, tested);
      const failed = results.find(({ run, result }) =>
        request.query.run_id === undefined
          ? ['warn', 'fail', 'error'].includes(result.status)
          : run.run_id === request.query.run_id && result.status !== 'pass',
      );
      const columns = [...(failed?.result.failing?.columns ?? [])];
      const rows = (failed?.result.failing?.rows ?? []) as Cell[][];
      const shown =
        request.identity.role === 'owner' ? { rows, hidden: [] } : withTextsHidden(columns, rows);
      return {
        ...summary(name, about.get(name), tested),
        sql: lineage?.sql[name] ?? failed?.result.sql ?? '',
        results: results.map(({ run, result }) => ({
          run_id: run.run_id,
          at: run.at,
          status: result.status,
          failing_rows: result.failing_rows,
        })),
        failure:
          failed === undefined
            ? null
            : {
                run_id: failed.run.run_id,
                at: failed.run.at,
                status: failed.result.status,
                failing_rows: failed.result.failing_rows,
                message: failed.result.message ?? '',
                sql: failed.result.sql ?? '',
                columns,
                rows: shown.rows,
                hidden_columns: shown.hidden,
              },
      };
    },
  );
}

/** Tests of the project, and those that only older runs know. */
function known(
  lineage: Lineage | undefined,
  tested: readonly RunTests[],
): Map<string, GraphTest | undefined> {
  const found = new Map<string, GraphTest | undefined>();
  for (const one of lineage?.tests ?? []) found.set(one.name, one);
  for (const { tests } of tested) {
    for (const { name } of tests) if (!found.has(name)) found.set(name, undefined);
  }
  return found;
}

const resultsOf = (
  name: string,
  tested: readonly RunTests[],
): { run: RunTests; result: TestResult }[] =>
  tested.flatMap((run) => {
    const result = run.tests.find((one) => one.name === name);
    return result === undefined ? [] : [{ run, result }];
  });

function summary(name: string, about: GraphTest | undefined, tested: readonly RunTests[]) {
  const [last] = resultsOf(name, tested);
  return {
    name,
    title: about?.title ?? name.replaceAll('_', ' '),
    model: about?.model ?? null,
    reads: [...(about?.reads ?? [])],
    column: about?.column ?? null,
    severity: about?.severity ?? ('error' as const),
    status: last?.result.status ?? null,
    failing_rows: last?.result.failing_rows ?? 0,
    run_id: last?.run.run_id ?? null,
    at: last?.run.at ?? null,
  };
}

const countRun = ({ run_id, at, tests }: RunTests) => ({
  run_id,
  at,
  passed: tests.filter((one) => one.status === 'pass').length,
  warned: tests.filter((one) => one.status === 'warn').length,
  failed: tests.filter((one) => one.status === 'fail' || one.status === 'error').length,
});
