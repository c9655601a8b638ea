import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStore } from '../../src/lake/local-store.ts';
import { describeStore } from './store-contract.ts';

describeStore('the local store', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-store-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return new LocalStore(directory);
});
