import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Api } from '../api.ts';
import { sendProblem } from '../problem.ts';

/** dbt's page is one file with its scripts inside; it may load nothing, and nobody's data is in it. */
const policy = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // An origin of its own: its scripts cannot ask this server for anything.
  'sandbox allow-scripts allow-popups',
].join('; ');

/** @param file with the pages, which `tonearm docs` makes. */
export function modelDocsRoutes(app: Api, file: string): void {
  app.get(
    '/docs/models',
    { config: { access: 'operator' }, schema: { hide: true } },
    async (_request, reply) => {
      const found = await stat(file).catch(() => undefined);
      if (found === undefined) {
        return sendProblem(
          reply,
          404,
          'TNA_SERVING_NOT_FOUND',
          'The pages about the models have not been made yet.',
          { remedy: 'Run ./tonearm docs.' },
        );
      }
      reply.header('content-security-policy', policy);
      reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8');
      return reply.send(createReadStream(file));
    },
  );
}
