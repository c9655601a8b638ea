import { z } from 'zod';
import { type AlertBook, runbookAddress, severities } from '../../alerts/index.ts';
import { type Api, instant } from '../api.ts';

const alert = z.object({
  key: z.string().describe('What it is about.'),
  title: z.string().describe('A few words.'),
  detail: z.string(),
  severity: z.enum(severities),
  since: instant.describe('When the trouble began.'),
  raised_at: instant.describe('When it was noticed.'),
  runbook: z.string().describe('Address of the page that says what to do, or its path.'),
});

const answer = z
  .object({
    firing: z.array(alert).describe('Worst first.'),
    resolved: z.array(alert.extend({ resolved_at: instant })).describe('Newest first, up to 50.'),
    channels: z.array(z.string()).describe('Ways by which people are told.'),
    undelivered: z.int().min(0).describe('Notices that a channel has not taken yet.'),
  })
  .meta({ id: 'Alerts' });

export interface AlertState {
  readonly book: AlertBook;
  readonly channels: readonly string[];
  /** Where the runbooks can be read. */
  readonly runbooksUrl: string | undefined;
}

/** What is wrong now, and what was. */
export function alertRoutes(app: Api, read: () => Promise<AlertState>): void {
  app.get(
    '/api/alerts',
    {
      config: { access: 'operator' },
      schema: { summary: 'What is wrong now', tags: ['state'], response: { 200: answer } },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const { book, channels, runbooksUrl } = await read();
      const shown = <T extends { runbook: string }>(one: T) => ({
        ...one,
        runbook: runbookAddress(one.runbook, runbooksUrl),
      });
      const rank = { critical: 0, warning: 1 };
      return {
        firing: book.firing
          .toSorted((a, b) => rank[a.severity] - rank[b.severity] || a.since.localeCompare(b.since))
          .map(shown),
        resolved: book.resolved.slice(0, 50).map(shown),
        channels: [...channels],
        undelivered: book.notices.length,
      };
    },
  );
}
