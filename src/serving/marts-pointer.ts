import { join } from 'node:path';
import type { Config } from '../config.ts';
import { readCurrentMarts } from '../warehouse/index.ts';
import type { PublishedMarts } from './marts.ts';

/** The marts that are published now, and where they are; undefined before the first publish. */
export async function publishedMarts(
  config: Pick<Config, 'martsDirectory'>,
): Promise<PublishedMarts | undefined> {
  const current = await readCurrentMarts(config);
  if (current === undefined) return undefined;
  const { version, published_at: publishedAt } = current;
  return { version, publishedAt, directory: join(config.martsDirectory, version) };
}
