import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type LiveView, liveSnapshot } from '../../live/index.ts';
import type { AccessControl } from '../access-control.ts';
import type { Api } from '../api.ts';
import { type Audience, everything, type LiveStream } from '../live-stream.ts';
import { sharedLive } from '../shared-live.ts';

/** What of the live view somebody sees. */
function audienceOf(view: LiveView, { identity, smallestGroup }: FastifyRequest): Audience {
  if (identity.role === 'owner') return everything;
  const { user } = identity;
  const own = () => (user === undefined ? undefined : view.playingOf(user));
  return {
    key: `user:${identity.user ?? ''}`,
    view: (snapshot) => sharedLive(snapshot, own(), smallestGroup),
  };
}

/** What is being listened to now. */
export function liveRoutes(
  app: Api,
  view: LiveView,
  stream: LiveStream,
  access: AccessControl,
): void {
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
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return audienceOf(view, request).view(view.snapshot());
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
          'change, at most every 50 ms and less often with many clients. A slow client gets the newest one only. An event `heartbeat` every 10 s tells that the connection is alive.',
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
      const { role } = request.identity;
      stream.add(
        reply.raw,
        headers,
        audienceOf(view, request),
        () => access.identify(request).role === role,
      );
      request.raw.socket.setTimeout(0);
    },
  );
}
