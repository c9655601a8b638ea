import { z } from 'zod';
import { eventTopics } from '../../../contracts/index.ts';
import { type ErrorCode, errorCodes } from '../../errors.ts';
import {
  type DeadLetterFilter,
  type DeadLetterReader,
  deadLetterStates,
  type StoredDeadLetter,
} from '../../lake/read-dead-letters.ts';
import type { ReplayResult } from '../../lake/replay-dead-letters.ts';
import { type Api, count, instant, limitParameter } from '../api.ts';
import { problem, sendProblem } from '../problem.ts';

const moment = z.iso.datetime({ offset: true });

const answer = z
  .object({
    reasons: z
      .array(
        z.object({
          code: z.string(),
          field: z.string().nullable(),
          topic: z.string(),
          waiting: count.describe('Not in the topic.'),
          replayed: count.describe('Sent again since, and taken.'),
          first_received_at: instant,
          last_received_at: instant,
        }),
      )
      .describe('Letters by reason, most first.'),
    letters: z
      .array(
        z.object({
          dead_letter_id: z.string().describe('`topic/partition/offset` of the refused record.'),
          code: z.string(),
          field: z.string().nullable(),
          reason: z.string().describe('What the code means.'),
          origin_topic: z.string(),
          origin_partition: count,
          origin_offset: count,
          received_at: instant,
          replayed_at: instant.nullable(),
        }),
      )
      .describe('Newest first, without the record itself.'),
  })
  .meta({ id: 'DeadLetters' });

const reasonFilter = {
  code: z.string().min(1).max(200).optional(),
  topic: z.enum(eventTopics).optional(),
  field: z.string().min(1).max(200).optional(),
};

const replayAnswer = z
  .object({
    looked_at: count.describe('Letters that waited and fit.'),
    replayed: z.record(z.string(), count).describe('Sent to their topic again, by topic.'),
    refused: z.record(z.string(), count).describe('Still break their contract, by code.'),
  })
  .meta({ id: 'Replay' });

/** Gives the letters of a reason a second try. */
export type Replay = (filter: Omit<DeadLetterFilter, 'state'>) => Promise<ReplayResult>;

/** A second try of what was refused: what keeps its contract now goes to its topic, once. */
export function replayRoute(app: Api, replay: Replay): void {
  let running: Promise<ReplayResult> | undefined;
  app.post(
    '/api/dead-letters/replay',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'A second try of refused records, after a fix',
        description:
          'Takes those that wait and fit. What keeps its contract now is sent to its topic, once, however often this is asked.',
        tags: ['state'],
        body: z.strictObject(reasonFilter),
        response: { 200: replayAnswer, 409: problem },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      if (running !== undefined) {
        return sendProblem(reply, 409, 'TNA_SERVING_REPLAY_RUNS', 'Letters are being replayed.', {
          remedy: 'Wait until that is done; their list says how many wait.',
        });
      }
      running = replay(request.body);
      try {
        return await running;
      } finally {
        running = undefined;
      }
    },
  );
}

/** Refused records by reason, and one by one without what they hold: that is somebody's listening. */
export function deadLetterRoutes(app: Api, open: () => Promise<DeadLetterReader>): void {
  app.get(
    '/api/dead-letters',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Refused records',
        tags: ['state'],
        querystring: z.strictObject({
          ...reasonFilter,
          from: moment.optional().describe('Received at or after.'),
          to: moment.optional().describe('Received before.'),
          state: z.enum(deadLetterStates).optional(),
          limit: limitParameter(20, 200),
          offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
        }),
        response: { 200: answer },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { limit, offset, from, to, ...rest } = request.query;
      const time = (text: string | undefined) =>
        text === undefined ? undefined : Date.parse(text);
      const filter = { ...rest, from: time(from), to: time(to) };
      const letters = await open();
      try {
        return {
          reasons: await letters.reasons(filter),
          letters: (await letters.list(filter, limit, offset)).map(withReason),
        };
      } finally {
        letters.close();
      }
    },
  );
}

/** The letter's own sentence may quote the record: the code says enough here. */
const withReason = (letter: StoredDeadLetter) => ({
  ...letter,
  reason: errorCodes[letter.code as ErrorCode] ?? letter.code,
});
