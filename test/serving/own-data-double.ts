import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErasureJob, OwnData } from '../../src/serving/index.ts';

const job: ErasureJob = {
  state: 'done',
  started_at: '2026-03-10T12:00:00.000Z',
  finished_at: null,
  message: null,
  proof: [],
  log_bytes_until: null,
};

/**
 * A listener's own data for tests of the routes: ana has something, nobody loses anything.
 * @param erased gets the names of those who were to be erased.
 */
export const ownDataDouble = (erased: string[] = []): OwnData => ({
  takeout: async (user) => {
    if (user !== 'ana') return undefined;
    const path = join(tmpdir(), `tonearm-takeout-${process.pid}-${Math.random()}.zip`);
    await writeFile(path, 'PK');
    return { path, name: 'ana.zip' };
  },
  erase: (user) => {
    erased.push(user);
    return job;
  },
  erasure: (user) => (user === 'ana' ? job : undefined),
});
