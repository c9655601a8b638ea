import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { CurrentMarts } from './current-marts.ts';
import type { Marts } from './marts.ts';

interface Asked {
  readonly marts: CurrentMarts;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface Answering<Schema extends z.ZodType> {
  /** Of the answer; it says how the answer is written. */
  readonly schema: Schema;
  /**
   * Makes the answer from a version of the marts; undefined when that has nothing of what is asked for. Besides the marts it may
   * depend on the parameters, on `smallestGroup` and on what `seenBy` says, and on nothing else: it is kept.
   */
  readonly make: (shown: Marts) => Promise<z.input<Schema> | undefined>;
  /** Before the first publish; left out where there is no such answer. */
  readonly before?: z.input<Schema>;
  /** Whose view of the data the answer is, where that changes it. */
  readonly seenBy?: string;
}

const json = 'application/json; charset=utf-8';

/**
 * Answers from the published marts, marked with their version and, where less is shown, for whom. A client that has that version
 * already gets 304; an answer that was given before comes from memory as it was sent. Whether somebody may ask
 * has been decided before the handler.
 * @returns false when there is nothing of what was asked for: nothing was sent then.
 */
export async function answerFromMarts<Schema extends z.ZodType>(
  { marts, request, reply }: Asked,
  { schema, make, before, seenBy = '' }: Answering<Schema>,
): Promise<boolean> {
  const encode = (answer: z.input<Schema>) => Buffer.from(JSON.stringify(schema.parse(answer)));
  const shown = marts.current;
  reply.header('cache-control', 'no-cache');
  if (shown === undefined) {
    if (before === undefined) return false;
    reply.header('content-type', json).send(encode(before));
    return true;
  }
  const etag = etagOf(shown, request);
  if (isHeld(request, etag)) {
    reply.header('etag', etag).code(304).send();
    return true;
  }
  const { routeOptions, smallestGroup, params, query } = request;
  const question = JSON.stringify([routeOptions.url, params, query, smallestGroup, seenBy]);
  const answer = await shown.answer(question, async () => {
    const made = await make(shown);
    return made === undefined ? undefined : encode(made);
  });
  if (answer === undefined) return false;
  reply.header('etag', etag).header('content-type', json).send(answer);
  return true;
}

/** Others may see less: what was kept of an account before must not be taken for one's own. */
function etagOf({ published }: Marts, { identity: { role, user = '' } }: FastifyRequest): string {
  const whose = role === 'owner' ? '' : `-${role}-${Buffer.from(user).toString('base64url')}`;
  return `"marts-${published.version}${whose}"`;
}

function isHeld(request: FastifyRequest, etag: string): boolean {
  const held = request.headers['if-none-match'] ?? '';
  return held.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
