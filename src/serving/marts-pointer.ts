import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { PublishedMarts } from './marts.ts';

const pointer = z.object({
  version: z.string().regex(/^[\w.-]+$/),
  published_at: z.iso.datetime(),
});

/** What `<data>/marts/current.json` says; undefined before the first publish. */
export async function publishedMarts(
  config: Pick<Config, 'martsDirectory'>,
): Promise<PublishedMarts | undefined> {
  let text: string;
  try {
    text = await readFile(join(config.martsDirectory, 'current.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { version, published_at: publishedAt } = pointer.parse(JSON.parse(text));
  return { version, publishedAt, directory: join(config.martsDirectory, version) };
}
