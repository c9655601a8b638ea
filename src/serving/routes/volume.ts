import { z } from 'zod';
import { eventTopics } from '../../../contracts/index.ts';
import { type Api, count, instant } from '../api.ts';
import type { CurrentMarts } from '../current-marts.ts';
import { answerFromMarts } from '../mart-answers.ts';

const states = ['learning', 'usual', 'low', 'high'] as const;

const answer = z
  .object({
    hours: z
      .array(
        z.object({
          hour: instant,
          actual: count.describe('Events of the hour.'),
          expected: z.number().nullable().describe('Median of that hour of the week before.'),
          expected_low: z.number().nullable(),
          expected_high: z.number().nullable(),
          score: z.number().nullable().describe('Distance from it in robust deviations.'),
          state: z.enum(states).describe('`learning` while too few weeks are known.'),
        }),
      )
      .describe('Oldest first, without a gap.'),
    anomalies: z
      .array(z.object({ topic: z.string(), hour: instant, state: z.enum(['low', 'high']) }))
      .describe('Of all topics in the same days, newest first, up to 50.'),
  })
  .meta({ id: 'Volume' });

type Hour = z.infer<typeof answer>['hours'][number];
type Anomaly = z.infer<typeof answer>['anomalies'][number];

const since = `hour > (select max(hour) from gold.volume_anomalies) - $days * interval 1 day`;

/** Events an hour beside what is usual, from `gold.volume_anomalies`. */
export function volumeRoutes(app: Api, marts: CurrentMarts): void {
  app.get(
    '/api/volume',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Events an hour beside what is usual for that hour of the week',
        tags: ['state'],
        querystring: z.strictObject({
          topic: z.enum(eventTopics).exclude(['starts']).default('plays'),
          days: z.coerce.number().int().min(1).max(60).default(7),
        }),
        response: { 200: answer },
      },
    },
    async (request, reply) => {
      const { topic, days } = request.query;
      await answerFromMarts(
        { marts, request, reply },
        {
          schema: answer,
          before: { hours: [], anomalies: [] },
          make: async (shown) => ({
            hours: await shown.query<Hour>(
              `select hour, actual, expected, expected_low, expected_high, score, state
               from gold.volume_anomalies where topic = $topic and ${since} order by hour`,
              { topic, days },
            ),
            anomalies: await shown.query<Anomaly>(
              `select topic, hour, state from gold.volume_anomalies
               where state in ('low', 'high') and ${since} order by hour desc, topic limit 50`,
              { days },
            ),
          }),
        },
      );
      return reply;
    },
  );
}
