import { z } from 'zod';
import {
  type Api,
  count,
  currentMarts,
  day,
  limitParameter,
  rangeParameters,
  userParameter,
} from '../api.ts';
import type { CurrentMarts } from '../current-marts.ts';
import { dailyListening, listeningClock, topItems } from '../trend-queries.ts';

const user = userParameter
  .optional()
  .describe('One listener, private plays included; everyone without private plays when left out.');
const inOrder = (range: { from?: string; to?: string }) =>
  range.from === undefined || range.to === undefined || range.from <= range.to;
const inOrderMessage = { message: 'lies after `to`', path: ['from'] };

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
    period: z.enum(['all time', 'range']).describe('For one listener always all time.'),
    items: z.array(
      z.object({
        rank: count,
        id: z.string(),
        track: z.string().optional(),
        artist: z.string(),
        plays: count,
        streams: count,
        ms_played: count,
        skip_rate: z.number().nullable().describe('Share of the plays that were skipped.'),
        listeners: count.optional().describe('Present when the range is a single day.'),
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
      const { marts: shown, unchanged } = currentMarts(marts, request, reply);
      if (unchanged) return reply;
      const { user: listener, ...range } = request.query;
      const { smallestGroup } = request;
      return {
        days:
          shown === undefined ? [] : await dailyListening(shown, listener, range, smallestGroup),
      };
    },
  );
  app.get(
    '/api/trends/top',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Most streamed tracks or artists',
        tags: ['trends'],
        querystring: z
          .strictObject({
            kind: z.enum(['tracks', 'artists']).default('tracks'),
            user,
            ...rangeParameters,
            limit: limitParameter(20, 200),
          })
          .refine(inOrder, inOrderMessage),
        response: { 200: topAnswer },
      },
    },
    async (request, reply) => {
      const { marts: shown, unchanged } = currentMarts(marts, request, reply);
      if (unchanged) return reply;
      const { kind, user: listener, limit, from, to } = request.query;
      const allTime = listener !== undefined || (from === undefined && to === undefined);
      return {
        period: allTime ? ('all time' as const) : ('range' as const),
        items:
          shown === undefined
            ? []
            : await topItems(shown, kind, listener, { from, to }, limit, request.smallestGroup),
      };
    },
  );
  app.get(
    '/api/trends/clock',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Listening by weekday and hour',
        tags: ['trends'],
        querystring: z.strictObject({ user }),
        response: { 200: clockAnswer },
      },
    },
    async (request, reply) => {
      const { marts: shown, unchanged } = currentMarts(marts, request, reply);
      if (unchanged) return reply;
      return { cells: await listeningClock(shown, request.query.user, request.smallestGroup) };
    },
  );
}
