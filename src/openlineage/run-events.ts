import type { RunRecord } from '../run-records.ts';
import { type RunEvent, runEvent, runIdOf } from './events.ts';

/** The run as a whole, which its steps name as their parent. */
export function runEvents(record: RunRecord, namespace: string): RunEvent[] {
  const about = {
    ...{ namespace, job: 'pipeline', runId: runIdOf(record.run_id), jobType: 'PIPELINE' },
    integration: 'TONEARM' as const,
    description: 'From the log to published marts.',
  };
  const failed = record.status === 'failed';
  return [
    runEvent({ ...about, type: 'START', at: Date.parse(record.started_at) }),
    runEvent({
      ...about,
      ...{ type: failed ? 'FAIL' : 'COMPLETE', at: Date.parse(record.finished_at) },
      error: record.error?.message,
    }),
  ];
}
