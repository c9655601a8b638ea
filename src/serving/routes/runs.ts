import { z } from 'zod';
import { type Api, limitParameter } from '../api.ts';
import { problem, sendProblem } from '../problem.ts';
import type { RunFiles } from '../run-files.ts';
import { runRecord } from '../run-schema.ts';

/** What the pipeline's runs did. */
export function runRoutes(app: Api, runs: RunFiles): void {
  app.get(
    '/api/runs',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Runs of the pipeline, newest first',
        tags: ['state'],
        querystring: z.strictObject({ limit: limitParameter(20, 200) }),
        response: { 200: z.object({ runs: z.array(runRecord) }).meta({ id: 'Runs' }) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return { runs: await runs.newest(request.query.limit) };
    },
  );
  app.get(
    '/api/runs/:run_id',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'One run of the pipeline',
        tags: ['state'],
        params: z.object({ run_id: z.string().min(1).max(200) }),
        response: { 200: runRecord, 404: problem },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { run_id: runId } = request.params;
      const record = await runs.find(runId);
      if (record !== undefined) return record;
      return sendProblem(reply, 404, 'TNA_SERVING_NOT_FOUND', `There is no run ${runId}.`, {
        remedy: 'GET /api/runs lists the runs.',
      });
    },
  );
}
