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

/** For a person who followed a link. */
const notMade = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Models · Tonearm</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
</style>
<h1>The pages about the models have not been made yet</h1>
<p><code>./tonearm docs</code> makes them: every model with its columns, its tests, its SQL and what it is made of.</p>
<p>What is made of what stands under <a href="/health#lineage">Pipeline health</a> too.</p>
</html>
`;

/** @param file with the pages, which `tonearm docs` makes. */
export function modelDocsRoutes(app: Api, file: string): void {
  app.get(
    '/docs/models',
    { config: { access: 'operator' }, schema: { hide: true } },
    async (request, reply) => {
      const found = await stat(file).catch(() => undefined);
      if (found === undefined && request.headers.accept?.includes('text/html')) {
        reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8');
        return reply.code(404).send(notMade);
      }
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
