import { z } from 'zod';
import { type LiveView, liveSnapshot } from '../../live/index.ts';
import type { Api } from '../api.ts';
import type { LiveStream } from '../live-stream.ts';

/** What is being listened to now. */
export function liveRoutes(app: Api, view: LiveView, stream: LiveStream): void {
  app.get(
    '/api/live',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'What is being listened to now',
        tags: ['live'],
        response: { 200: liveSnapshot },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return view.snapshot();
    },
  );
  app.get(
    '/api/live/stream',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'The same as server-sent events',
        description:
          'Events named `live` with the document of /api/live: one at once, then one after each ' +
          'change, at most every 150 ms. A slow client gets the newest one only. An event `heartbeat` every 10 s tells that the connection is alive.',
        tags: ['live'],
        response: {
          200: {
            description: 'Server-sent events.',
            content: { 'text/event-stream': { schema: z.string() } },
          },
        },
      },
    },
    (request, reply) => {
      reply.hijack();
      const headers = Object.fromEntries(
        Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
      );
      stream.add(reply.raw, headers);
      request.raw.socket.setTimeout(0);
    },
  );
}
