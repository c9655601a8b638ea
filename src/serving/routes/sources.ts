import { z } from 'zod';
import { type Api, instant } from '../api.ts';

const account = z.object({
  user: z.string().describe('The listener whose account it is.'),
  state: z.enum(['ok', 'login_needed', 'failing', 'new']),
  problem: z.string().nullable(),
  warning: z.string().nullable(),
  polled_at: instant.nullable(),
  gaps: z
    .array(z.object({ from: instant, to: instant }))
    .describe('Stretches whose plays Spotify no longer told when it was asked.'),
});

const answer = z.object({ spotify: z.array(account) }).meta({ id: 'Sources' });

/** What there is to say about the accounts that are asked for plays. */
export type SourceAccounts = () => readonly Readonly<z.infer<typeof account>>[];

/** The accounts that are polled, and where listening is missing. */
export function sourceRoutes(app: Api, accounts: SourceAccounts): void {
  app.get(
    '/api/sources',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Accounts that are asked for plays, and gaps in what they told',
        tags: ['state'],
        response: { 200: answer },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return { spotify: accounts().map((one) => account.parse(one)) };
    },
  );
}
