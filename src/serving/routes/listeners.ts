import { z } from 'zod';
import { type Api, count, instant, limitParameter, userParameter } from '../api.ts';
import type { CurrentMarts } from '../current-marts.ts';
import { listenerSummary, searchListeners } from '../listener-queries.ts';
import { answerFromMarts } from '../mart-answers.ts';
import { problem, sendUnknownListener } from '../problem.ts';

const listAnswer = z
  .object({
    total: count.describe('How many match, on all pages.'),
    items: z.array(
      z.object({
        user_id: z.string(),
        plays: count.describe('Without private plays.'),
        ms_played: count,
        last_played_at: instant
          .nullable()
          .describe('On the last day without private plays; null when there is none.'),
      }),
    ),
  })
  .meta({ id: 'Listeners' });

const summaryAnswer = z
  .object({
    user_id: z.string(),
    plays: count,
    streams: count,
    skips: count,
    ms_played: count,
    first_played_at: instant,
    last_played_at: instant,
    tracks: count,
    artists: count,
  })
  .meta({ id: 'Listener' });

/** Who listens. */
export function listenerRoutes(app: Api, marts: CurrentMarts): void {
  app.get(
    '/api/listeners',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Listeners, searched by name',
        tags: ['listeners'],
        querystring: z.strictObject({
          q: z.string().max(200).default(''),
          limit: limitParameter(20, 200),
          offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
        }),
        response: { 200: listAnswer },
      },
    },
    async (request, reply) => {
      const { role, user } = request.identity;
      const only = role === 'owner' ? undefined : (user ?? null);
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: listAnswer,
          before: { total: 0, items: [] },
          seenBy: JSON.stringify(only),
          make: (shown) => searchListeners(shown, request.query, only),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/listeners/:user_id',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'One listener',
        tags: ['listeners'],
        params: z.object({ user_id: userParameter }),
        response: { 200: summaryAnswer, 404: problem },
      },
    },
    async (request, reply) => {
      const { user_id: user } = request.params;
      const isKnown = await answerFromMarts(
        { marts, request, reply },
        { schema: summaryAnswer, make: (shown) => listenerSummary(shown, user) },
      );
      if (isKnown) return reply;
      return sendUnknownListener(reply, user);
    },
  );
}
