import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { type Api, count, instant, userParameter } from '../api.ts';
import { problem, sendProblem } from '../problem.ts';

/** What became of an erasure that was asked for. */
export interface ErasureJob {
  readonly state: 'running' | 'done' | 'failed';
  readonly started_at: string;
  readonly finished_at: string | null;
  /** One sentence, where there is something to say. */
  readonly message: string | null;
  /** What was searched afterwards, and how often the name was found. */
  readonly proof: readonly {
    store: string;
    files: number;
    bytes: number;
    rows: number;
    hits: number;
  }[];
  /** When the last bytes leave the brokers' disks; null when they are gone. */
  readonly log_bytes_until: string | null;
}

/** What a listener may do with all that is kept of them. */
export interface OwnData {
  /** Writes the takeout; undefined when nothing is kept. The file is the caller's to remove. */
  takeout(user: string): Promise<{ path: string; name: string } | undefined>;
  /** Begins an erasure, or tells of the one under way. */
  erase(user: string): ErasureJob;
  erasure(user: string): ErasureJob | undefined;
}

const jobAnswer = z
  .object({
    state: z.enum(['running', 'done', 'failed']),
    started_at: instant,
    finished_at: instant.nullable(),
    message: z.string().nullable(),
    proof: z
      .array(
        z.object({
          store: z.string(),
          files: count,
          bytes: count,
          rows: count.describe('Records and rows that were read as what they are.'),
          hits: count.describe('Places where the name was found.'),
        }),
      )
      .describe('Every store that was searched afterwards.'),
    log_bytes_until: instant.nullable(),
  })
  .meta({ id: 'Erasure' });

const params = z.object({ user_id: userParameter });

/** A listener's own data: all of it in one file, and its end. */
export function ownDataRoutes(app: Api, data: OwnData): void {
  app.get(
    '/api/listeners/:user_id/takeout',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Everything that is kept of a listener, as a zip',
        tags: ['listeners'],
        params,
        response: {
          200: {
            description: 'A zip of JSON and Parquet files.',
            content: { 'application/zip': { schema: z.string() } },
          },
          404: problem,
        },
      },
    },
    async (request, reply) => {
      const { user_id: user } = request.params;
      const made = await data.takeout(user);
      if (made === undefined) return notFound(reply, user);
      const stream = createReadStream(made.path);
      stream.once('close', () => void rm(made.path, { force: true }));
      return await reply
        .header('cache-control', 'no-store')
        .header('content-type', 'application/zip')
        .header('content-disposition', `attachment; filename="${made.name}"`)
        .send(stream as never);
    },
  );
  app.post(
    '/api/listeners/:user_id/erasure',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'Erase a listener everywhere',
        description: 'It cannot be undone. `confirm` is the name of the listener once more.',
        tags: ['listeners'],
        params,
        body: z.strictObject({ confirm: z.string().max(200) }),
        response: { 202: jobAnswer, 400: problem },
      },
    },
    async (request, reply) => {
      const { user_id: user } = request.params;
      reply.header('cache-control', 'no-store');
      if (request.body.confirm !== user) {
        return sendProblem(
          reply,
          400,
          'TNA_SERVING_PARAMETER_INVALID',
          'The name was not repeated: nothing was changed.',
          { remedy: 'Send the name of the listener as confirm.' },
        );
      }
      return await reply.code(202).send(data.erase(user) as never);
    },
  );
  app.get(
    '/api/listeners/:user_id/erasure',
    {
      config: { access: 'listener' },
      schema: {
        summary: 'How far an erasure is, and its proof',
        tags: ['listeners'],
        params,
        response: { 200: jobAnswer, 204: z.null().describe('None was asked for.') },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const job = data.erasure(request.params.user_id);
      return job === undefined ? await reply.code(204).send(null) : (job as never);
    },
  );
}

const notFound = (reply: Parameters<typeof sendProblem>[0], user: string) =>
  sendProblem(reply, 404, 'TNA_SERVING_NOT_FOUND', `Nothing is known of the listener ${user}.`);
