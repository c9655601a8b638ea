import { z } from 'zod';
import { mayUse } from '../../access/index.ts';
import { type Api, count, day, instant } from '../api.ts';
import type { CurrentMarts } from '../current-marts.ts';
import { staleNotice } from '../notice.ts';
import type { RunFiles } from '../run-files.ts';
import { runSummary } from '../run-schema.ts';

const statusAnswer = z
  .object({
    version: z.string().describe('Version of Tonearm.'),
    mart: z
      .object({ version: z.string(), published_at: instant, age_seconds: z.number() })
      .nullable()
      .describe('The marts that are shown; null before the first publish.'),
    last_run: runSummary.nullable(),
    notice: z.string().nullable().describe('Why what is shown is older than the data.'),
    data: z
      .object({ first_day: day, last_day: day, listeners: count, plays: count })
      .nullable()
      .describe('What the marts cover, without private plays; null for a small group.'),
  })
  .meta({ id: 'Status' });

/** For those who do not look after the platform. */
const plainNotice = 'The newest listening is not shown yet: it is still being checked.';

/** What is shown, and how fresh it is. */
export function statusRoutes(
  app: Api,
  options: { marts: CurrentMarts; runs: RunFiles; clock: () => number; version: string },
): void {
  app.get(
    '/api/status',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'What is shown, and how fresh it is',
        tags: ['state'],
        response: { 200: statusAnswer },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { marts, runs, clock, version } = options;
      const [lastRun] = await runs.newest(1);
      const shown = marts.current;
      const publishedAt = shown?.published.publishedAt;
      const data = shown?.data ?? null;
      const notice = staleNotice(lastRun, publishedAt, marts.problem);
      const seesState = mayUse(request.identity, 'operator');
      return {
        version,
        mart:
          shown === undefined
            ? null
            : {
                version: shown.published.version,
                published_at: shown.published.publishedAt,
                age_seconds: Math.max(
                  0,
                  Math.round((clock() - Date.parse(shown.published.publishedAt)) / 1000),
                ),
              },
        last_run: (seesState ? lastRun : undefined) ?? null,
        notice: (seesState ? notice : notice && plainNotice) ?? null,
        data: data !== null && data.listeners >= request.smallestGroup ? data : null,
      };
    },
  );
}
