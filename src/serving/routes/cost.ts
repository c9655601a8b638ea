import { z } from 'zod';
import { billedStages, type CostReport } from '../../cost/index.ts';
import type { Api } from '../api.ts';

const answer = z
  .object({
    basis: z
      .enum(['measured', 'billed', 'plan'])
      .describe('Billed: with the credits that Snowflake has billed.'),
    days: z.number().describe('Days that were measured; the result is scaled to 30.'),
    usage: z.object({ eventsADay: z.number(), lakeBytes: z.number(), warehouseBytes: z.number() }),
    lines: z.array(
      z.object({
        stage: z.enum(['sink', 'compact', 'lake', 'warehouse', ...billedStages]),
        provider: z.enum(['S3', 'Snowflake']),
        what: z.string(),
        quantity: z.number(),
        unit: z.enum(['requests', 'GB', 'credits']),
        dollars: z.number(),
      }),
    ),
    total: z.number().describe('US dollars a month at list price.'),
    assumptions: z.array(z.string()),
    advice: z.array(z.object({ change: z.string(), saves: z.number() })),
    total_after_advice: z.number(),
  })
  .meta({ id: 'Cost' });

/** What the last 30 days would cost on S3 and Snowflake. */
export function costRoutes(app: Api, report: () => Promise<CostReport>): void {
  app.get(
    '/api/cost',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'What the last 30 days would cost on S3 and Snowflake',
        tags: ['state'],
        response: { 200: answer },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const { lines, assumptions, advice, ...rest } = await report();
      return { ...rest, lines: [...lines], assumptions: [...assumptions], advice: [...advice] };
    },
  );
}
