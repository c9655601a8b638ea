import type { Api } from '../api.ts';
import { type PipelineState, pipelineState } from '../pipeline-state.ts';

/** The state of every stage. */
export function healthRoutes(app: Api, collect: () => Promise<PipelineState>): void {
  app.get(
    '/api/health',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'The state of every stage',
        tags: ['state'],
        response: { 200: pipelineState },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return await collect();
    },
  );
  app.get(
    '/healthz',
    { config: { access: 'public' }, schema: { hide: true } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8');
      return 'ok\n';
    },
  );
}
