/**
 * 1 to 500 sinks that commit to one table, on the real commit code and a simulated S3 with a virtual
 * clock: `node bench/commit-contention.ts`. Where latencies, limits and prices come from:
 * docs/reference/scaling.md.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { hourFolder } from '../src/lake/parquet-files.ts';
import { positionId } from '../src/lake/position.ts';
import { LakeTable } from '../src/lake/table.ts';
import { latency, limits, prices, SimulatedS3, seeded, VirtualClock } from './simulated-s3.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    /** Events a second of one sink; 500 × 16,000 are 8 million. */
    rate: { type: 'string', default: '16000' },
    writers: { type: 'string' },
    flush: { type: 'string', default: '5' },
  },
});
const simulatedMs = Number(values.seconds) * 1000;
const rate = Number(values.rate);
/** In Parquet, as in bench/scaling.ts. */
const bytesPerEvent = 43;
const warmUpMs = 20_000;

interface Scenario {
  readonly name: string;
  readonly writers: number;
  readonly flushMs: number;
  /** Tables that the writers are spread over. */
  readonly tables?: number;
  /** Writers whose files one of them commits. */
  readonly group?: number;
}

/** One process that commits: collects for the flush interval, or for as long as its last commit takes. */
async function sink(
  table: LakeTable,
  index: number,
  scenario: Scenario,
  clock: VirtualClock,
  random: () => number,
  ages: number[],
): Promise<void> {
  const { flushMs, group = 1 } = scenario;
  const id = positionId('plays', index);
  let position: number | undefined;
  let windowStart = random() * flushMs;
  await clock.wait(windowStart);
  for (;;) {
    await clock.wait(Math.max(0, windowStart + flushMs - clock.now()));
    const windowEnd = clock.now();
    const rows = Math.round((rate * (windowEnd - windowStart)) / 1000);
    const next = (position ?? 0) + rows * group;
    const files = Array.from({ length: group }, () => ({
      localPath: String(rows * bytesPerEvent),
      path: `${hourFolder(0)}/part-${crypto.randomUUID()}.parquet`,
      bytes: rows * bytesPerEvent,
      rows,
      statistics: {},
    }));
    await table.append({ files, transactions: { [id]: next }, expected: { [id]: position } });
    if (windowStart > warmUpMs) {
      // Events arrive evenly: their ages at the commit run from the window's end to its start.
      for (let share = 0.005; share < 1; share += 0.01) {
        ages.push(clock.now() - windowStart - share * (windowEnd - windowStart));
      }
    }
    position = next;
    windowStart = windowEnd;
  }
}

async function simulate(scenario: Scenario) {
  const { writers, tables = 1, group = 1 } = scenario;
  const random = seeded(1);
  const clock = new VirtualClock();
  const stores = Array.from({ length: tables }, () => new SimulatedS3(clock, random));
  const ages: number[] = [];
  const failures: unknown[] = [];
  const opened: LakeTable[] = [];
  const started = performance.now();
  for (let index = 0; index < Math.ceil(writers / group); index += 1) {
    const table = new LakeTable({
      store: stores[index % tables]!,
      name: 'plays',
      stagingDirectory: tmpdir(),
      clock: clock.now,
      wait: clock.wait,
      random,
      // Real files, real time. Two more requests every 50 commits; their cost is bench/lake-growth.ts.
      checkpointInterval: Number.POSITIVE_INFINITY,
    });
    opened.push(table);
    const work = table.create().then(() => sink(table, index, scenario, clock, random, ages));
    work.catch((error: unknown) => failures.push(error));
  }
  await clock.run(simulatedMs);
  if (failures.length > 0) throw failures[0];
  const sum = (pick: (store: SimulatedS3) => number) =>
    stores.reduce((total, store) => total + pick(store), 0);
  const commits = stores.reduce(
    (total, store) =>
      total +
      Math.max(...opened.filter((table) => table.store === store).map((t) => t.log.state.version)),
    0,
  );
  ages.sort((a, b) => a - b);
  const perSecond = (count: number) => count / (simulatedMs / 1000);
  const writes = perSecond(sum((store) => store.counts.writes));
  const reads = perSecond(sum((store) => store.counts.reads));
  return {
    commits: perSecond(commits),
    retries: sum((store) => store.counts.conflicts) / Math.max(1, commits),
    p50: (ages[Math.floor(ages.length * 0.5)] ?? Number.NaN) / 1000,
    p99: (ages[Math.floor(ages.length * 0.99)] ?? Number.NaN) / 1000,
    writes,
    reads,
    refused: perSecond(sum((store) => store.counts.refused)),
    dollars: 86_400 * (writes * prices.write + reads * prices.read),
    took: (performance.now() - started) / 1000,
  };
}

const flushMs = Number(values.flush) * 1000;
const counts = values.writers?.split(',').map(Number) ?? [1, 2, 5, 10, 20, 50, 100, 200, 500];
const scenarios: Scenario[] = counts.map((writers) => ({
  name: `${writers} sinks, flush ${flushMs / 1000} s`,
  writers,
  flushMs,
}));
if (values.writers === undefined) {
  const base = { writers: 500, flushMs };
  scenarios.push(
    { ...base, name: '500, flush 60 s', flushMs: 60_000 },
    { ...base, name: '500, flush 5 s, 10 tables', tables: 10 },
    { ...base, name: '500, flush 5 s, 50 tables', tables: 50 },
    { ...base, name: '500, flush 5 s, 10 in a commit', group: 10 },
    { ...base, name: '500, flush 5 s, 25 in a commit', group: 25 },
    { name: '80 sinks, flush 15 s', writers: 80, flushMs: 15_000 },
    { name: '80 sinks, flush 30 s', writers: 80, flushMs: 30_000 },
  );
}
console.log(
  `Simulated S3: put ${latency.put} ms, get ${latency.get} ms (medians, log-normal, spread ${latency.spread}), ` +
    `${limits.write} writes and ${limits.read} reads a second and table, then 503. ${simulatedMs / 1000} s each.`,
);
const cells = (texts: string[]) => texts.map((text) => text.padStart(11)).join('');
console.log(
  ''.padEnd(32) +
    cells([
      'commits/s',
      'lost/commit',
      'age p50 s',
      'age p99 s',
      'writes/s',
      'reads/s',
      '503/s',
      '$/day',
    ]),
);
for (const scenario of scenarios) {
  const result = await simulate(scenario);
  console.log(
    scenario.name.padEnd(32) +
      cells([
        result.commits.toFixed(2),
        result.retries.toFixed(2),
        result.p50.toFixed(1),
        result.p99.toFixed(1),
        result.writes.toFixed(1),
        result.reads.toFixed(1),
        result.refused.toFixed(1),
        result.dollars.toFixed(2),
      ]),
  );
}
