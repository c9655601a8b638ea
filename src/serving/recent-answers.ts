import { RecentEntries } from './recent-entries.ts';

/** Bytes of all answers together, questions included. */
const mostBytes = 32 * 1024 * 1024;
/** What an entry takes beside its question and its answer. */
const entryBytes = 200;

/**
 * Answers of one version of the marts, those asked for last, as the bytes that are sent; undefined says that there is
 * nothing to tell.
 */
export const recentAnswers = (most: number = mostBytes): RecentEntries<Buffer | undefined> =>
  new RecentEntries(
    most,
    (question, answer) => entryBytes + 2 * question.length + (answer?.length ?? 0),
  );
