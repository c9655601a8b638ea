import { z } from 'zod';
import { type Api, count, day, instant, userParameter } from '../api.ts';
import type { CurrentMarts } from '../current-marts.ts';
import { answerFromMarts } from '../mart-answers.ts';
import { problem, sendProblem } from '../problem.ts';
import { wrapped, wrappedPeriods, wrappedRules } from '../wrapped-queries.ts';

const rules = z
  .object({ streams: count, artists: count })
  .describe('What a Wrapped needs: plays of 30 s and more, and artists in them.');

const periodsAnswer = z
  .object({
    rules,
    periods: z.array(
      z.object({
        year: z.int(),
        month: z.int().min(1).max(12).nullable().describe('Null for the whole year.'),
        streams: count,
        is_ready: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'WrappedPeriods' });

const wrappedAnswer = z
  .object({
    user_id: z.string(),
    from: day,
    to: day,
    rules,
    totals: z.object({
      is_ready: z.boolean().describe('The rules are met.'),
      plays: count,
      streams: count,
      skips: count,
      ms_played: count,
      tracks: count,
      artists: count,
      days: count.describe('Days with a play.'),
      first_track: z.string(),
      first_artist: z.string(),
      first_played_at: instant,
    }),
    tops: z
      .array(
        z.object({
          kind: z.enum(['artist', 'track', 'album', 'genre']),
          rank: count,
          name: z.string(),
          artist: z.string().nullable(),
          streams: count,
          ms_played: count,
        }),
      )
      .describe('Five of each kind, by streams.'),
    days: z.array(z.object({ day, ms_played: count })),
    hours: z.array(z.object({ hour: count.describe('UTC.'), ms_played: count })),
    new_artists: count.describe('Artists first ever played then.'),
    found: z.object({ artist: z.string(), streams: count }).nullable(),
  })
  .meta({ id: 'Wrapped' });

/** First and last day of a year or a month. */
export function daysOf(year: number, month: number | undefined): { from: string; to: string } {
  const iso = (time: number) => new Date(time).toISOString().slice(0, 10);
  return month === undefined
    ? { from: `${year}-01-01`, to: `${year}-12-31` }
    : { from: iso(Date.UTC(year, month - 1, 1)), to: iso(Date.UTC(year, month, 0)) };
}

/** A listener's year or month to share; private listening is left out. */
export function wrappedRoutes(app: Api, marts: CurrentMarts): void {
  const config = { access: 'listener' } as const;
  app.get(
    '/api/wrapped/periods',
    {
      config,
      schema: {
        summary: 'Years and months that a listener has plays in',
        tags: ['wrapped'],
        querystring: z.strictObject({ user: userParameter }),
        response: { 200: periodsAnswer },
      },
    },
    async (request, reply) => {
      const { user } = request.query;
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: periodsAnswer,
          before: { rules: wrappedRules, periods: [] },
          make: async (shown) => ({
            rules: wrappedRules,
            periods: await wrappedPeriods(shown, user),
          }),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/wrapped',
    {
      config,
      schema: {
        summary: "A listener's year or month to share",
        tags: ['wrapped'],
        querystring: z.strictObject({
          user: userParameter,
          year: z.coerce.number().int().min(1970).max(9999),
          month: z.coerce.number().int().min(1).max(12).optional(),
        }),
        response: { 200: wrappedAnswer, 404: problem },
      },
    },
    async (request, reply) => {
      const { user, year, month } = request.query;
      const { from, to } = daysOf(year, month);
      const isKnown = await answerFromMarts(
        { marts, request, reply },
        {
          schema: wrappedAnswer,
          make: async (shown) => {
            const found = await wrapped(shown, user, from, to);
            return found && { user_id: user, from, to, rules: wrappedRules, ...found };
          },
        },
      );
      if (isKnown) return reply;
      return sendProblem(
        reply,
        404,
        'TNA_SERVING_NOT_FOUND',
        `The marts hold nothing to share of ${user} between ${from} and ${to}.`,
        { remedy: 'GET /api/wrapped/periods?user= lists the years and months that have plays.' },
      );
    },
  );
}
