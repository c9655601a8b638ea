/**
 * What one more hour costs on histories of different length:
 * `node bench/incremental-cost.ts [plays …] [--unpublished] [--keep folder]`.
 * The same listeners at the same rate: only the history is longer. The hour (the median of five) is a refresh as `tonearm up` and the
 * hourly run make them, without the models that can wait; publishing it is told apart, and left out by `--unpublished`.
 * CPU-seconds are those of the dbt process, from /proc, and of this one while it publishes.
 *
 * A history of more than 20 million plays comes in parts of so many, each followed by a build, as it would have grown. With
 * `--keep` histories stay in the folder, and another run adds its hours to them: 100 million plays take most of an hour to
 * build, 30 GB of disk, and more memory than the usual 3 GB (`TONEARM_WAREHOUSE_MEMORY=11GB`).
 */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseConfig } from '../src/config.ts';
import { openLake } from '../src/lake/index.ts';
import { publishMarts, startDbtRunner } from '../src/warehouse/index.ts';
import { appendPlays } from './generated-history.ts';
import { row } from './measure.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { keep: { type: 'string' }, unpublished: { type: 'boolean', default: false } },
});
const sizes = positionals.map(Number);
if (sizes.length === 0) sizes.push(1_000_000, 10_000_000);
const playsAnHour = 20_000;
const hoursAtOnce = 1000;
const lastHour = Date.UTC(2025, 10, 18, 9) / 3_600_000;
const people = { playsAnHour, listeners: 20_000, tracks: 50_000 };
const hoursMeasured = 5;

interface Build {
  /** Seconds. */
  readonly total: number;
  readonly cpu: number;
  /** Seconds of each model and test. */
  readonly nodes: ReadonlyMap<string, number>;
}
const measured: Build[] = [];

for (const size of sizes) {
  const data =
    values.keep === undefined
      ? await mkdtemp(join(tmpdir(), 'tonearm-bench-'))
      : join(values.keep, String(size));
  await mkdir(data, { recursive: true });
  const { TONEARM_WAREHOUSE_MEMORY } = process.env;
  const config = parseConfig({ TONEARM_DATA: data, TONEARM_WAREHOUSE_MEMORY }, data);
  const lake = await openLake(config, Date.now);
  const { plays } = lake.tables;
  const runner = await startDbtRunner(config);
  const child = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .at(-1)!;
  const build = async (): Promise<Build> => {
    const started = performance.now();
    const before = cpuSeconds(child);
    const files = lake.files();
    const built = await runner.build({ fullRefresh: false, quick: true, files, runId: 'bench' });
    if (!built.ok) throw new Error(built.error ?? built.tests.failures[0]?.message);
    const nodes = new Map(built.results.map(({ name, seconds }) => [name, seconds]));
    const total = (performance.now() - started) / 1000;
    return { total, cpu: cpuSeconds(child) - before, nodes };
  };
  const publish = async (what: string) => {
    if (values.unpublished) return;
    const before = process.cpuUsage();
    const tests = { passed: 0, failed: 0, warned: 0, failures: [] };
    const publishedAt = new Date().toISOString();
    const version = `v${Date.now()}`;
    await publishMarts(config, { version, runId: 'bench', publishedAt, tests });
    const { user, system } = process.cpuUsage(before);
    row(`  publish${what}`, `${((user + system) / 1e6).toFixed(1)} CPU-s`);
  };
  try {
    const hours = Math.round(size / playsAnHour);
    const first = lastHour - hours;
    const there = plays.files().reduce((sum, file) => sum + file.rows, 0) / playsAnHour;
    for (let from = there; from < hours; from += hoursAtOnce) {
      const part = Math.min(hoursAtOnce, hours - from);
      await appendPlays(plays, { ...people, firstHour: first + from, hours: part });
      const soFar = ((from + part) * playsAnHour).toLocaleString('en');
      row(`${soFar} plays, ${from === 0 ? 'first' : 'next'} build`, ...shown(await build()));
    }
    if (there < hours) await publish(', everything');
    // The first hour warms dbt and the system's cache; of the ones after it the median is taken.
    const next = first + Math.max(there, hours);
    const oneMore: Build[] = [];
    for (let more = 0; more <= hoursMeasured; more += 1) {
      await appendPlays(plays, { ...people, firstHour: next + more, hours: 1 });
      oneMore.push(await build());
      await publish(more === 0 ? ', an hour before' : ', an hour');
    }
    const hour = median(oneMore.slice(1));
    measured.push(hour);
    const work = [...hour.nodes.values()].reduce((sum, seconds) => sum + seconds, 0);
    row('  one more hour', ...shown(hour));
    row('  in models and tests', `${work.toFixed(1)} s`);
    row('  in dbt itself', `${(hour.total - work).toFixed(1)} s`);
  } finally {
    await runner.close();
    if (values.keep === undefined) await rm(data, { recursive: true, force: true });
  }
}

const [short, long] = [measured[0]!, measured.at(-1)!];
row(
  'ratio (1.2 is the goal)',
  (long.total / short.total).toFixed(2),
  (long.cpu / short.cpu).toFixed(2),
);
const growth = [...long.nodes].map(
  ([name, seconds]) => [name, seconds - (short.nodes.get(name) ?? 0), seconds] as const,
);
for (const [name, more, seconds] of growth.sort((a, b) => b[1] - a[1]).slice(0, 12)) {
  row(`  ${name}`, `${seconds.toFixed(2)} s`, `+${more.toFixed(2)} s`);
}

function shown({ total, cpu }: Build): [string, string] {
  return [`${total.toFixed(2)} s`, `${cpu.toFixed(2)} CPU-s`];
}

/** The median of each figure by itself. */
function median(builds: readonly Build[]): Build {
  const middle = (figure: (build: Build) => number): number =>
    builds.map(figure).sort((one, other) => one - other)[Math.floor(builds.length / 2)]!;
  const names = [...builds[0]!.nodes.keys()];
  return {
    total: middle(({ total }) => total),
    cpu: middle(({ cpu }) => cpu),
    nodes: new Map(names.map((name) => [name, middle(({ nodes }) => nodes.get(name) ?? 0)])),
  };
}

/** User and system time of a process; the kernel counts hundredths. */
function cpuSeconds(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
