/** What a pipeline run leaves behind: one JSON file a run under `<data>/runs`. */

export type StepStatus = 'success' | 'failed' | 'skipped';

export interface StepRecord {
  readonly name: string;
  readonly status: StepStatus;
  readonly started_at: string;
  readonly duration_ms: number;
  /** One sentence, where there is something to say. */
  readonly message?: string;
  /** Counts that the step reports, for example rows by table. */
  readonly counts?: Readonly<Record<string, number>>;
}

export interface TestFailure {
  readonly name: string;
  readonly severity: 'error' | 'warn';
  readonly failing_rows: number;
  readonly message: string;
  /** The SQL that found the rows. */
  readonly sql?: string;
}

export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly warned: number;
  readonly failures: readonly TestFailure[];
}

export interface RunRecord {
  readonly run_id: string;
  readonly status: StepStatus;
  readonly started_at: string;
  readonly finished_at: string;
  readonly duration_ms: number;
  readonly full_refresh: boolean;
  /** The range of a backfill: from one moment up to before another. */
  readonly range?: { readonly from: string; readonly to: string };
  readonly steps: readonly StepRecord[];
  readonly tests: TestSummary;
  /** The version that this run published; absent when it published nothing. */
  readonly mart_version?: string;
  /** Version of each lake table that the build has taken in: what was stored up to it is in the marts. */
  readonly lake_versions?: Readonly<Record<string, number>>;
  /** Error code and sentence when the run failed. */
  readonly error?: { readonly code: string; readonly message: string };
}
