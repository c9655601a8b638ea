import { z } from 'zod';
import {
  type Api,
  count,
  day,
  instant,
  limitParameter,
  rangeParameters,
  userParameter,
} from '../api.ts';
import type { CurrentMarts } from '../current-marts.ts';
import { answerFromMarts } from '../mart-answers.ts';
import type { Marts } from '../marts.ts';
import {
  comparedItems,
  dailyListening,
  listeningClock,
  topItems,
  topKinds,
  topOrders,
} from '../trend-queries.ts';

export const user = userParameter
  .optional()
  .describe('One listener, private plays included; everyone without private plays when left out.');
export const inOrder = (range: { from?: string; to?: string }) =>
  range.from === undefined || range.to === undefined || range.from <= range.to;
export const inOrderMessage = { message: 'lies after `to`', path: ['from'] };

const dailyAnswer = z
  .object({
    days: z.array(
      z.object({
        day,
        plays: count,
        streams: count.describe('Plays of at least 30 s.'),
        skips: count,
        ms_played: count,
        listeners: count,
      }),
    ),
  })
  .meta({ id: 'DailyListening' });

const topAnswer = z
  .object({
    period: z.enum(['all time', 'range']),
    items: z.array(
      z.object({
        rank: count,
        id: z.string(),
        track: z.string().optional(),
        album: z.string().optional(),
        artist: z.string().optional().describe('Absent for genres.'),
        plays: count,
        streams: count,
        ms_played: count,
        skip_rate: z.number().nullable().describe('Share of the plays that were skipped.'),
        listeners: count.optional().describe('Present when the range is a single day.'),
        previous_rank: count
          .nullable()
          .optional()
          .describe('With `compare`: place in as many days just before; null below the first 500.'),
        first_played_at: instant
          .optional()
          .describe(
            'Within the range; of everyone the beginning of the day, and only with a range.',
          ),
        last_played_at: instant.optional(),
      }),
    ),
  })
  .meta({ id: 'TopItems' });

const clockAnswer = z
  .object({
    cells: z
      .array(
        z.object({
          weekday: z.int().min(1).max(7).describe('1 Monday to 7 Sunday.'),
          hour: z.int().min(0).max(23),
          plays: count,
          ms_played: count,
        }),
      )
      .describe('168 cells, Monday 0:00 first, zeros included.'),
  })
  .meta({ id: 'ListeningClock' });

/** Listening over time: of everyone, or of one listener. */
export function trendRoutes(app: Api, marts: CurrentMarts): void {
  app.get(
    '/api/trends/daily',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Listening by day',
        tags: ['trends'],
        querystring: z.strictObject({ user, ...rangeParameters }).refine(inOrder, inOrderMessage),
        response: { 200: dailyAnswer },
      },
    },
    async (request, reply) => {
      const { user: listener, ...range } = request.query;
      const { smallestGroup } = request;
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: dailyAnswer,
          before: { days: [] },
          make: async (shown) => ({
            days: await dailyListening(shown, listener, range, smallestGroup),
          }),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/trends/top',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Top tracks, artists, albums or genres',
        description:
          'Tracks of everyone are added up from the charts of the days, the first 200 of each: a track counts on the days on which it is among them, so its figures over several days may be lower than all it had. Other kinds, and tracks of one listener, are counted from all plays.',
        tags: ['trends'],
        querystring: z
          .strictObject({
            kind: z.enum(topKinds).default('tracks'),
            order: z
              .enum(Object.keys(topOrders) as (keyof typeof topOrders)[])
              .default('streams')
              .describe('`skip_rate` tells of what was played at least 10 times.'),
            compare: z
              .literal('before')
              .optional()
              .describe('Adds each place in as many days just before; needs `from` and `to`.'),
            user,
            ...rangeParameters,
            limit: limitParameter(20, 200),
          })
          .refine(inOrder, inOrderMessage),
        response: { 200: topAnswer },
      },
    },
    async (request, reply) => {
      const { kind, order, compare, user: listener, limit, from, to } = request.query;
      const { smallestGroup } = request;
      const question = { kind, order, user: listener, limit, range: { from, to }, smallestGroup };
      const allTime = from === undefined && to === undefined;
      const period = allTime ? ('all time' as const) : ('range' as const);
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: topAnswer,
          before: { period, items: [] },
          make: async (shown) => ({
            period,
            items:
              compare !== undefined && from !== undefined && to !== undefined
                ? await comparedItems(shown, { ...question, range: { from, to } })
                : await topItems(shown, question),
          }),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/trends/clock',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Listening by weekday and hour',
        tags: ['trends'],
        querystring: z.strictObject({ user, ...rangeParameters }).refine(inOrder, inOrderMessage),
        response: { 200: clockAnswer },
      },
    },
    async (request, reply) => {
      const { user: listener, ...range } = request.query;
      const cellsOf = async (shown: Marts | undefined) => ({
        cells: await listeningClock(shown, listener, range, request.smallestGroup),
      });
      await answerFromMarts(
        { marts, request, reply },
        { schema: clockAnswer, before: await cellsOf(undefined), make: cellsOf },
      );
      return reply;
    },
  );
}
