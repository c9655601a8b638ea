import { z } from 'zod';
import { type Api, count, instant, limitParameter, userParameter } from '../api.ts';
import type { CurrentMarts } from '../current-marts.ts';
import { answerFromMarts } from '../mart-answers.ts';
import { problem, sendProblem, sendUnknownListener } from '../problem.ts';
import {
  blendOf,
  recommendationChoice,
  recommendationsFor,
  searchTracks,
  similarTracks,
  unknownListener,
} from '../recommendation-queries.ts';

const track = z.object({
  track_id: z.string(),
  track: z.string(),
  artist: z.string(),
  genre: z.string().nullable(),
});

const listAnswer = z
  .object({
    items: z.array(
      track.extend({
        rank: count,
        source: z
          .enum(['taste', 'popular'])
          .describe('popular: too little is known of the listener.'),
        because: z
          .array(z.object({ track_id: z.string(), track: z.string(), artist: z.string() }))
          .describe('Tracks that the listener plays and that speak most for it, at most two.'),
        is_new_artist: z.boolean(),
        popularity: z.number().describe('Share of the tracks with fewer listeners.'),
        listeners: count,
      }),
    ),
  })
  .meta({ id: 'Recommendations' });

const figure = z.number().nullable();
const choiceAnswer = z
  .object({
    ways: z.array(
      z.object({
        tier: z.enum(['portable', 'quality', 'popularity']),
        method: z.string(),
        is_chosen: z.boolean(),
        reason: z.string().describe('Why it was chosen; empty for the others.'),
        ndcg: figure.describe('NDCG@10 on held-out recent plays.'),
        recall_10: figure,
        recall_20: figure,
        coverage: figure,
        listeners: count.nullable(),
        chosen_at: instant,
      }),
    ),
  })
  .meta({ id: 'RecommendationChoice' });

const tracksAnswer = z.object({ items: z.array(track) }).meta({ id: 'Tracks' });
const similarAnswer = z
  .object({ track, source: z.enum(['taste', 'popular']), items: z.array(track) })
  .meta({ id: 'SimilarTracks' });
const blendAnswer = z
  .object({
    shared_artists: z.array(z.string()).describe('Artists that both stream, at most five.'),
    items: z.array(
      track.extend({
        for_both: z.boolean().describe('It is in both lists.'),
        list_of: z
          .string()
          .nullable()
          .describe('The listener whose list alone it is in; null when it is in both.'),
      }),
    ),
  })
  .meta({ id: 'Blend' });

/** What to play next. */
export function recommendationRoutes(app: Api, marts: CurrentMarts): void {
  app.get(
    '/api/recommendations',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Tracks that a listener has never played and may like',
        tags: ['recommendations'],
        querystring: z.strictObject({
          user: userParameter,
          adventure: z.coerce
            .number()
            .min(0)
            .max(1)
            .default(0.5)
            .describe('0 familiar, 0.5 as computed, 1 adventurous.'),
          new_artists: z.enum(['true', 'false']).default('false'),
          limit: limitParameter(20, 100),
        }),
        response: { 200: listAnswer },
      },
    },
    async (request, reply) => {
      const { user, adventure, new_artists: newArtists, limit } = request.query;
      const options = { adventure, newArtists: newArtists === 'true', limit };
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: listAnswer,
          before: { items: [] },
          make: async (shown) => ({ items: await recommendationsFor(shown, user, options) }),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/recommendations/blend',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Tracks that two listeners may like together',
        tags: ['recommendations'],
        querystring: z.strictObject({
          user: userParameter,
          with: userParameter,
          limit: limitParameter(20, 100),
        }),
        response: { 200: blendAnswer, 404: problem },
      },
    },
    async (request, reply) => {
      const { user, with: other, limit } = request.query;
      const shown = marts.current;
      const areKnown = await answerFromMarts(
        { marts, request, reply },
        {
          schema: blendAnswer,
          before: { shared_artists: [], items: [] },
          make: async (current) =>
            (await unknownListener(current, [user, other])) === undefined
              ? blendOf(current, user, other, limit)
              : undefined,
        },
      );
      if (areKnown) return reply;
      // An answer that is kept does not tell which of the two it was.
      const unknown = await unknownListener(shown!, [user, other]);
      return sendUnknownListener(reply, unknown);
    },
  );
  app.get(
    '/api/recommendations/choice',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Which way to recommend was chosen, and why',
        tags: ['recommendations'],
        response: { 200: choiceAnswer },
      },
    },
    async (request, reply) => {
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: choiceAnswer,
          before: { ways: [] },
          make: async (shown) => ({ ways: await recommendationChoice(shown) }),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/tracks',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Tracks, searched by name or artist',
        tags: ['recommendations'],
        querystring: z.strictObject({
          q: z.string().max(200).default(''),
          limit: limitParameter(20, 200),
        }),
        response: { 200: tracksAnswer },
      },
    },
    async (request, reply) => {
      const { q, limit } = request.query;
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: tracksAnswer,
          before: { items: [] },
          make: async (shown) => ({
            items: await searchTracks(shown, q, limit, request.smallestGroup),
          }),
        },
      );
      return reply;
    },
  );
  app.get(
    '/api/tracks/:track_id/similar',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'More like this track',
        tags: ['recommendations'],
        params: z.object({ track_id: z.string().min(1).max(300) }),
        querystring: z.strictObject({ limit: limitParameter(20, 200) }),
        response: { 200: similarAnswer, 404: problem },
      },
    },
    async (request, reply) => {
      const { track_id: id } = request.params;
      const isKnown = await answerFromMarts(
        { marts, request, reply },
        {
          schema: similarAnswer,
          make: (shown) => similarTracks(shown, id, request.query.limit, request.smallestGroup),
        },
      );
      if (isKnown) return reply;
      return sendProblem(
        reply,
        404,
        'TNA_SERVING_NOT_FOUND',
        `Nobody has streamed a track ${id}.`,
        {
          remedy: 'GET /api/tracks?q= searches by name and artist.',
        },
      );
    },
  );
}
