import { z } from 'zod';
import { count, instant } from './api.ts';

const stepStatus = z.enum(['success', 'failed', 'skipped']);
const runError = z.object({ code: z.string(), message: z.string() });

/** A run record as `src/run-records.ts` describes it. */
export const runRecord = z
  .object({
    run_id: z.string(),
    status: stepStatus,
    started_at: instant,
    finished_at: instant,
    duration_ms: z.number(),
    full_refresh: z.boolean(),
    range: z.object({ from: instant, to: instant }).optional(),
    steps: z.array(
      z.object({
        name: z.string(),
        status: stepStatus,
        started_at: instant,
        duration_ms: z.number(),
        message: z.string().optional(),
        counts: z.record(z.string(), z.number()).optional(),
      }),
    ),
    tests: z.object({
      passed: count,
      failed: count,
      warned: count,
      failures: z.array(
        z.object({
          name: z.string(),
          severity: z.enum(['error', 'warn']),
          failing_rows: count,
          message: z.string(),
          sql: z.string().optional().describe('Finds the failing rows.'),
        }),
      ),
    }),
    mart_version: z.string().optional(),
    lake_versions: z.record(z.string(), z.number()).optional(),
    error: runError.optional(),
  })
  .meta({ id: 'RunRecord', title: 'What a pipeline run left behind' });

/** A run without its steps and failing tests. */
export const runSummary = runRecord
  .pick({
    run_id: true,
    status: true,
    started_at: true,
    finished_at: true,
    duration_ms: true,
    mart_version: true,
    error: true,
  })
  .extend({ tests: z.object({ passed: count, failed: count, warned: count }) })
  .meta({ id: 'RunSummary' });
