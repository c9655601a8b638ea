import { z } from 'zod';
import { eventTopics } from '../../../contracts/index.ts';
import { type ErrorCode, errorCodes } from '../../errors.ts';
import {
  type DeadLetterReader,
  deadLetterStates,
  type StoredDeadLetter,
} from '../../lake/read-dead-letters.ts';
import { type Api, count, instant, limitParameter } from '../api.ts';

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
          code: z.string().min(1).max(200).optional(),
          topic: z.enum(eventTopics).optional(),
          field: z.string().min(1).max(200).optional(),
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
