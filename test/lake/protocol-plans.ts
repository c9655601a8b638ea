import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { faults } from './faulty-store.ts';
import { ProtocolRun, type RunPlan } from './protocol-run.ts';

/**
 * The scheduler of fast-check decides which request or reply goes next, so each run is one interleaving
 * of all writers' requests; faults and crashes come from the plan. A failure prints its seed and path.
 */
export async function explore(
  t: TestContext,
  runs: number,
  checkpointInterval: number,
  plans: fc.Arbitrary<RunPlan>,
): Promise<void> {
  const stagingDirectory = await mkdtemp(join(tmpdir(), 'tonearm-'));
  t.after(() => rm(stagingDirectory, { recursive: true, force: true }));
  const property = fc.asyncProperty(fc.scheduler(), plans, async (scheduler, plan) => {
    const run = new ProtocolRun(scheduler, { stagingDirectory, checkpointInterval });
    await run.run(plan);
    await run.check();
  });
  await fc.assert(property, { numRuns: runs });
}

export const never = Number.POSITIVE_INFINITY;
const fault = fc.oneof(
  { weight: 4, arbitrary: fc.constant('none' as const) },
  fc.constantFrom(...faults),
);
const writer = {
  faults: fc.array(fault, { maxLength: 16 }),
  crashAfter: fc.oneof({ weight: 2, arbitrary: fc.constant(never) }, fc.nat(60)),
};
const sink = fc.record({
  ...writer,
  partitions: fc.constantFrom([0], [1], [0, 1], [1, 2], [0, 1, 2]),
  flushes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }),
});
const upkeep = fc.record({ ...writer, rounds: fc.integer({ min: 1, max: 3 }) });

/** Sinks alone, racing for partitions. */
export const racingSinks: fc.Arbitrary<RunPlan> = fc.record({
  sinks: fc.array(sink, { minLength: 2, maxLength: 4 }),
  compactors: fc.constant([]),
  vacuums: fc.constant([]),
  leaps: fc.constant([]),
});

/** Sinks beside compaction and vacuum, with hours passing in the middle of anything. */
export const sinksAndUpkeep: fc.Arbitrary<RunPlan> = fc.record({
  sinks: fc.array(sink, { minLength: 1, maxLength: 2 }),
  compactors: fc.array(upkeep, { minLength: 1, maxLength: 2 }),
  vacuums: fc.array(upkeep, { minLength: 1, maxLength: 2 }),
  leaps: fc.array(fc.constantFrom(2, 26), { maxLength: 4 }),
});

/** Time enough for old entries of the log to be cleaned away. */
export const longLives: fc.Arbitrary<RunPlan> = fc.record({
  sinks: fc.array(sink, { minLength: 2, maxLength: 3 }),
  compactors: fc.array(upkeep, { maxLength: 1 }),
  vacuums: fc.array(upkeep, { minLength: 1, maxLength: 1 }),
  leaps: fc.array(fc.constantFrom(2, 26, 200), { maxLength: 3 }),
});
