import { z } from 'zod';
import { type Api, count, day, instant, rangeParameters, userParameter } from '../api.ts';
import type { CurrentMarts } from '../current-marts.ts';
import {
  artistRace,
  listenerDiscovery,
  nothingDiscovered,
  retention,
  sharedDiscovery,
  unitOf,
} from '../discovery-queries.ts';
import { habits, playsOfDay } from '../habit-queries.ts';
import { answerFromMarts } from '../mart-answers.ts';
import { inOrder, inOrderMessage, user } from './trends.ts';

const range = z.strictObject({ user, ...rangeParameters }).refine(inOrder, inOrderMessage);

const habitsAnswer = z
  .object({
    devices: z.array(z.object({ device: z.string(), plays: count, ms_played: count })),
    skipped_at: z
      .array(z.object({ second: count, skips: count }))
      .describe('Skips by the 5 seconds in which they came; 300 for all later ones.'),
    plays: count.describe('All plays, to tell a share of.'),
    session_lengths: z.array(
      z.object({ minutes_from: count, sessions: count, plays: count, ms_played: count }),
    ),
  })
  .meta({ id: 'Habits' });

const playsAnswer = z
  .object({
    plays: z.array(
      z.object({
        timestamp: instant,
        track_id: z.string(),
        track: z.string(),
        artist: z.string(),
        album: z.string().nullable(),
        device: z.string(),
        ms_played: count,
        skipped: z.boolean(),
        private: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'PlaysOfDay' });

const endPlay = z.object({ timestamp: instant, track: z.string(), artist: z.string() }).nullable();

const discoveryAnswer = z
  .object({
    unit: z.enum(['day', 'week', 'month']),
    steps: z.array(
      z.object({
        start: day,
        streams: count,
        artists: count,
        new_artists: count.describe(
          'Artists heard for the first time ever within the range and this step; of everyone: pairs of a listener and an artist, those left out whose first play was private.',
        ),
        new_streams: count
          .nullable()
          .describe(
            'Streams of those artists, by those who found them, within the range and this step. Null of everyone in marts that an earlier Tonearm published.',
          ),
        diversity: z
          .number()
          .describe('How many equally loved artists would be as varied: e to the Shannon entropy.'),
      }),
    ),
    found: z
      .array(
        z.object({
          artist: z.string(),
          track: z.string().nullable().describe('The first one heard; null of everyone.'),
          first_played_at: instant.describe('Of everyone the beginning of the day.'),
          streams: count,
          ms_played: count,
        }),
      )
      .describe('Artists first heard in the range, the most streamed since first.'),
    forgotten: z
      .array(
        z.object({
          track_id: z.string(),
          track: z.string(),
          artist: z.string(),
          streams: count,
          last_played_at: instant,
        }),
      )
      .describe(
        'Streamed five times and more, not once in the last 90 days of the history; of everyone by the charts of the days, the first 200 tracks of each.',
      ),
    first: endPlay.describe('Of one listener: first play in the range.'),
    last: endPlay,
  })
  .meta({ id: 'Discovery' });

const raceAnswer = z
  .object({
    rows: z.array(
      z.object({ month: z.string().describe('`YYYY-MM`.'), artist: z.string(), streams: count }),
    ),
  })
  .meta({ id: 'ArtistRace' });

const retentionAnswer = z
  .object({
    unit: z
      .enum(['month', 'quarter', 'year'])
      .describe('In what time listeners of a row began: longer when there would be over 24 rows.'),
    rows: z.array(
      z.object({
        cohort_month: z
          .string()
          .describe('`YYYY-MM`, the month of the first play ever; of a quarter or year its first.'),
        months_since: count.describe('Counted from the month in which each of them began.'),
        cohort_listeners: count.describe('Those of them for whom that month has come.'),
        listeners: count.describe('Those of them with a play in that month.'),
        retention: z.number().min(0).max(1),
      }),
    ),
  })
  .meta({ id: 'Retention' });

/** How, and what new things, everyone or one listener listens to. */
export function habitRoutes(app: Api, marts: CurrentMarts): void {
  const schema = <Answer extends z.ZodType>(summary: string, answer: Answer) => ({
    summary,
    tags: ['trends'],
    response: { 200: answer },
  });
  const config = { access: 'listener' } as const;
  app.get(
    '/api/trends/habits',
    {
      config,
      schema: {
        ...schema('Devices, moments of skipping, lengths of sessions', habitsAnswer),
        querystring: range,
      },
    },
    async (request, reply) => {
      const { user: listener, ...days } = request.query;
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: habitsAnswer,
          before: { devices: [], skipped_at: [], plays: 0, session_lengths: [] },
          make: (shown) => habits(shown, listener, days, request.smallestGroup),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/trends/plays',
    {
      config,
      schema: {
        ...schema("A listener's plays of one day, the first 1,000", playsAnswer),
        querystring: z.strictObject({ user: userParameter, day }),
      },
    },
    async (request, reply) => {
      const { user: listener, day: asked } = request.query;
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: playsAnswer,
          before: { plays: [] },
          make: async (shown) => ({ plays: await playsOfDay(shown, listener, asked) }),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/trends/discovery',
    {
      config,
      schema: {
        ...schema('New against known, variety, forgotten favourites', discoveryAnswer),
        querystring: range,
      },
    },
    async (request, reply) => {
      const { user: listener, from, to } = request.query;
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: discoveryAnswer,
          before: { unit: 'day', ...nothingDiscovered },
          make: async (shown) => {
            const days = {
              from: from ?? shown.data?.first_day ?? '1970-01-01',
              to: to ?? shown.data?.last_day ?? '1970-01-01',
            };
            const discovered =
              listener === undefined
                ? await sharedDiscovery(shown, days, request.smallestGroup)
                : await listenerDiscovery(shown, listener, days);
            return { unit: unitOf(days), ...discovered };
          },
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/trends/race',
    {
      config,
      schema: {
        ...schema('Streams by month of the ten artists with the most', raceAnswer),
        querystring: range,
      },
    },
    async (request, reply) => {
      const { user: listener, ...days } = request.query;
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: raceAnswer,
          before: { rows: [] },
          make: async (shown) => ({
            rows: await artistRace(shown, listener, days, request.smallestGroup),
          }),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/trends/retention',
    { config, schema: schema('Who came back, by the month of the first play', retentionAnswer) },
    async (request, reply) => {
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: retentionAnswer,
          before: { unit: 'month', rows: [] },
          make: (shown) => retention(shown, request.smallestGroup),
        },
      );
      return reply;
    },
  );
}
