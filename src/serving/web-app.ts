import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { Api } from './api.ts';
import { sendProblem } from './problem.ts';

const notBuilt =
  'The web app is not built yet: run `npm run build --workspace dashboards/web`, or start with `./tonearm serve`, which builds it.\n';

/**
 * Serves the built web app. Addresses without a file are the app's own pages, so they get
 * `index.html`; under /api nothing but the API answers.
 * @param root folder of the built app, absolute.
 */
export async function serveWebApp(app: Api, root: string): Promise<void> {
  // Its root must exist at start; the app may be built later, so each answer names the folder itself.
  await app.register(fastifyStatic, { root: dirname(root), serve: false });
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || path === undefined || path === '/api' || path.startsWith('/api/')) {
      const detail = `There is nothing at ${request.method} ${path ?? 'this address'}.`;
      return sendProblem(reply, 404, 'TNA_SERVING_NOT_FOUND', detail, {
        remedy: 'GET /api/docs lists the routes.',
      });
    }
    if (!existsSync(join(root, 'index.html'))) {
      return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt);
    }
    const file = normalize(path).replace(/^\/+/, '');
    if (file !== '' && isFile(join(root, file))) {
      const isHashed = file.startsWith('assets/');
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      return reply.sendFile(file, root, { cacheControl: false });
    }
    if (/\.[a-z0-9]+$/i.test(file) && file.startsWith('assets/')) {
      return sendProblem(reply, 404, 'TNA_SERVING_NOT_FOUND', `There is no file ${path}.`);
    }
    reply.header('cache-control', 'no-cache');
    return reply.sendFile('index.html', root, { cacheControl: false });
  });
}

function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split('?')[0] ?? '/');
    return path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
