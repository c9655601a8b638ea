import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { staleNotice } from '../../src/serving/notice.ts';
import { publishMarts } from './marts-fixture.ts';
import { failedRun, runRecord, writeRuns } from './run-fixture.ts';
import { type ServerFixture, startFixture } from './server-fixture.ts';

const publishedAt = '2026-03-10T11:58:04.000Z';

describe('a server after a run whose tests failed', () => {
  let fixture: ServerFixture;
  before(async () => {
    fixture = await startFixture(async ({ martsDirectory, runsDirectory }) => {
      await publishMarts(martsDirectory, 'v1', publishedAt, [
        { user: 'ana', day: '2026-03-01', plays: 1 },
      ]);
      await writeRuns(runsDirectory, runRecord(), failedRun);
      await writeFile(join(runsDirectory, 'unfinished.json'), '{"run_id":');
      await writeFile(join(runsDirectory, 'zzz.json'), '[]');
    });
  });
  after(() => fixture.close());

  test('runs are listed newest first; files that are no runs are left out', async () => {
    const { json } = await fixture.get('/api/runs');
    assert.deepEqual(
      (json as { runs: { run_id: string }[] }).runs.map(({ run_id }) => run_id),
      [failedRun.run_id, runRecord().run_id],
    );
    const { runs } = (await fixture.get('/api/runs?limit=1')).json as { runs: unknown[] };
    assert.equal(runs.length, 1);
  });

  test('one run has its failing tests with their SQL', async () => {
    const { json } = await fixture.get(`/api/runs/${failedRun.run_id}`);
    assert.deepEqual(json, JSON.parse(JSON.stringify(failedRun)));
  });

  test('a run is looked up by its id and nothing else', async () => {
    for (const id of ['..%2fmarts%2fcurrent', '%2e%2e', 'unfinished', 'zzz']) {
      assert.equal((await fixture.get(`/api/runs/${id}`)).status, 404, id);
    }
  });

  test('status says what failed and since when the marts are old', async () => {
    const { json } = await fixture.get('/api/status');
    const { notice, last_run: lastRun } = json as {
      notice: string;
      last_run: Record<string, unknown>;
    };
    assert.match(notice, /^1 test failed .*unique_plays_event_id.*held back\./);
    assert.ok(notice.includes(publishedAt));
    assert.equal(lastRun.status, 'failed');
    assert.equal(lastRun.steps, undefined);
  });
});

test('there is no notice when the last run passed', () => {
  assert.equal(staleNotice(runRecord(), publishedAt, undefined), undefined);
  assert.equal(staleNotice(undefined, undefined, undefined), undefined);
});

test('a run that failed before its tests is named with its error', () => {
  const run = runRecord({
    status: 'failed',
    error: { code: 'TNA_DISK_FULL', message: 'No space is left' },
  });
  assert.equal(
    staleNotice(run, undefined, undefined),
    'The run that ended at 2026-03-10T11:58:04.000Z failed: No space is left. Nothing has been published yet.',
  );
});
