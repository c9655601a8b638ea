import { deadLetters, topics } from './index.ts';

/** Tables of the lake: one for each event topic that is kept, and the refused records. */
export const lakeTables = {
  plays: { schema: topics.plays.schema, description: topics.plays.description },
  skips: { schema: topics.skips.schema, description: topics.skips.description },
  likes: { schema: topics.likes.schema, description: topics.likes.description },
  dead_letters: { schema: deadLetters, description: topics.dead_letters.description },
} as const;

export type LakeTableName = keyof typeof lakeTables;
export const lakeTableNames = Object.keys(lakeTables) as LakeTableName[];

export const isLakeTable = (name: string): name is LakeTableName =>
  (lakeTableNames as readonly string[]).includes(name);
