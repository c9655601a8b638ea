import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Marts } from '../../src/serving/marts.ts';
import { publishMarts } from './marts-fixture.ts';

test('every query finds the metadata of the files kept, times and nested whole numbers plain', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-marts-'));
  t.after(() => rm(directory, { recursive: true }));
  await publishMarts(directory, 'v1', '2026-03-04T00:00:00Z', [
    { user: 'ana', day: '2026-03-02', plays: 4 },
  ]);
  const marts = await Marts.load({
    version: 'v1',
    publishedAt: '2026-03-04T00:00:00Z',
    directory: join(directory, 'v1'),
  });
  const asked = `select current_setting('parquet_metadata_cache') as kept,
    (select list(one) from (select plays, first_played_at from gold.daily_listening_stats) as one) as days`;
  const answers = await Promise.all([1, 2, 3].map(() => marts.query(asked, {})));
  const days = [{ plays: 4, first_played_at: '2026-03-02T08:00:00.000Z' }];
  for (const rows of answers) assert.deepEqual(rows, [{ kept: true, days }]);
  marts.retire();
});
