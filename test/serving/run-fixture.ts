import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../../src/run-records.ts';

/** A run that passed, unless told otherwise. */
export function runRecord(overrides: Partial<RunRecord> = {}): RunRecord {
  return {
    run_id: '2026-03-10T11-58-00-000Z',
    status: 'success',
    started_at: '2026-03-10T11:58:00.000Z',
    finished_at: '2026-03-10T11:58:04.000Z',
    duration_ms: 4000,
    full_refresh: false,
    steps: [],
    tests: { passed: 40, failed: 0, warned: 0, failures: [] },
    mart_version: 'v1',
    ...overrides,
  };
}

export const failedRun = runRecord({
  run_id: '2026-03-10T11-59-00-000Z',
  status: 'failed',
  finished_at: '2026-03-10T11:59:04.000Z',
  mart_version: undefined,
  tests: {
    passed: 39,
    failed: 1,
    warned: 0,
    failures: [
      {
        name: 'unique_plays_event_id',
        severity: 'error',
        failing_rows: 3,
        message: 'Got 3 results, configured to fail if != 0',
        sql: 'select 1',
      },
    ],
  },
  error: { code: 'TNA_USAGE', message: 'Tests failed.' },
});

export async function writeRuns(directory: string, ...runs: RunRecord[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const run of runs)
    await writeFile(join(directory, `${run.run_id}.json`), JSON.stringify(run));
}
