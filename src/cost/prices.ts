/** List prices in US dollars, us-east-1, on demand. They change: check them before you plan. */
export interface Prices {
  /** A PUT, COPY, POST or LIST of S3 Standard. */
  readonly write: number;
  /** A GET of S3 Standard. */
  readonly read: number;
  /** A GB of S3 Standard for a month. */
  readonly lakeGigabyte: number;
  /** A credit of Snowflake, Standard edition. */
  readonly credit: number;
  /** A TB in Snowflake for a month, on demand. */
  readonly warehouseTerabyte: number;
}

export const listPrices: Prices = {
  write: 0.005 / 1000,
  read: 0.0004 / 1000,
  lakeGigabyte: 0.023,
  credit: 2,
  warehouseTerabyte: 40,
};

/** What cannot be measured here. Each is printed with the result. */
export interface Assumptions {
  /** Credits that a warehouse of size X-Small takes an hour. */
  readonly creditsAnHour: number;
  /** Least time that is billed when a warehouse wakes, s. */
  readonly leastBilledSeconds: number;
  /** Time that a warehouse stays awake after its last statement, s: `auto_suspend`. */
  readonly suspendSeconds: number;
  /**
   * Time that one run keeps the warehouse busy, s. Statements of about 45 models and 90 tests, four at a time,
   * one to three seconds each. Never measured on Snowflake.
   */
  readonly runSeconds: number;
  /** Log entries between two checkpoints. */
  readonly checkpointEvery: number;
  /** Requests that a run makes to see what is new, beside one for each new file. */
  readonly readsARun: number;
}

export const assumptions: Assumptions = {
  creditsAnHour: 1,
  leastBilledSeconds: 60,
  suspendSeconds: 60,
  runSeconds: 120,
  checkpointEvery: 10,
  readsARun: 20,
};
