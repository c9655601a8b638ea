import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { asDiskError } from '../disk-errors.ts';
import { TonearmError } from '../errors.ts';
import { type ProcessLock, tryLock } from '../process-lock.ts';
import { type AlertBook, alertBook, emptyBook } from './alert-book.ts';

const changeMs = 10_000;
const lockPauseMs = 50;

const pathOf = (config: Pick<Config, 'dataDirectory'>) =>
  join(config.dataDirectory, 'alerts', 'state.json');

/** What is known now; an empty book before the first alert. A damaged file counts as none. */
export async function readBook(config: Pick<Config, 'dataDirectory'>): Promise<AlertBook> {
  try {
    const text = await readFile(pathOf(config), 'utf8');
    return alertBook.safeParse(JSON.parse(text)).data ?? emptyBook;
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (gone || error instanceof SyntaxError) return emptyBook;
    throw asDiskError(error, pathOf(config));
  }
}

/**
 * Changes the book while nobody else does.
 * @throws TonearmError TNA_ALERTS_BUSY when another process holds it for 10 s.
 */
export async function changeBook(
  config: Pick<Config, 'dataDirectory'>,
  change: (book: AlertBook) => AlertBook,
): Promise<AlertBook> {
  const path = pathOf(config);
  const lock = await takeLock(config, 'alerts.lock', changeMs);
  try {
    const before = await readBook(config);
    const book = change(before);
    if (book === before) return book;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.tmp`, `${JSON.stringify(book, null, 2)}\n`);
    await rename(`${path}.tmp`, path);
    return book;
  } catch (error) {
    throw asDiskError(error, path);
  } finally {
    lock.release();
  }
}

/**
 * Takes a lock under `<data>/run`, waiting for it.
 * @throws TonearmError TNA_ALERTS_BUSY
 */
export async function takeLock(
  config: Pick<Config, 'dataDirectory'>,
  name: string,
  waitMs: number,
): Promise<ProcessLock> {
  const path = join(config.dataDirectory, 'run', name);
  for (let waited = 0; waited <= waitMs; waited += lockPauseMs) {
    const lock = tryLock(path);
    if (lock !== undefined) return lock;
    await delay(lockPauseMs);
  }
  throw new TonearmError('TNA_ALERTS_BUSY', 'Another process is busy with the alerts.', {
    remedy: 'Try again.',
  });
}
