/**
 * What one more hour costs on histories of different length: `node bench/incremental-cost.ts [plays …]`.
 * The same listeners at the same rate: only the history is longer.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../src/config.ts';
import { openLake } from '../src/lake/index.ts';
import { startDbtRunner } from '../src/warehouse/index.ts';
import { appendPlays } from './generated-history.ts';
import { row } from './measure.ts';

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(1_000_000, 20_000_000);
const playsAnHour = 20_000;
const lastHour = Date.UTC(2025, 10, 18, 9) / 3_600_000;
const people = { playsAnHour, listeners: 20_000, tracks: 50_000 };
const measured: { total: number; models: Map<string, number> }[] = [];

for (const size of sizes) {
  const data = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
  const config = parseConfig({ TONEARM_DATA: data }, data);
  const lake = await openLake(config, Date.now);
  const { plays } = lake.tables;
  const runner = await startDbtRunner(config);
  const build = async () => {
    const started = performance.now();
    const built = await runner.build({ fullRefresh: false, files: lake.files(), runId: 'bench' });
    if (!built.ok) throw new Error(built.error ?? built.tests.failures[0]?.message);
    const models = new Map(built.models.map(({ name, seconds }) => [name, seconds]));
    return { total: (performance.now() - started) / 1000, models };
  };
  try {
    const hours = Math.round(size / playsAnHour);
    await appendPlays(plays, { ...people, firstHour: lastHour - hours, hours });
    const first = await build();
    row(`${size.toLocaleString('en')} plays, first build`, `${first.total.toFixed(1)} s`);
    // The first hour warms dbt and the system's cache; the second one is measured.
    await appendPlays(plays, { ...people, firstHour: lastHour, hours: 1 });
    await build();
    await appendPlays(plays, { ...people, firstHour: lastHour + 1, hours: 1 });
    const hour = await build();
    measured.push(hour);
    const work = [...hour.models.values()].reduce((sum, seconds) => sum + seconds, 0);
    row('  one more hour', `${hour.total.toFixed(1)} s`);
    row('  in models', `${work.toFixed(1)} s`);
    row('  in tests and dbt itself', `${(hour.total - work).toFixed(1)} s`);
  } finally {
    await runner.close();
    await rm(data, { recursive: true, force: true });
  }
}

const [short, long] = [measured[0]!, measured.at(-1)!];
row('ratio (1.2 is the goal)', (long.total / short.total).toFixed(2));
const growth = [...long.models].map(
  ([name, seconds]) => [name, seconds - (short.models.get(name) ?? 0), seconds] as const,
);
for (const [name, more, seconds] of growth.sort((a, b) => b[1] - a[1]).slice(0, 12)) {
  row(`  ${name}`, `${seconds.toFixed(2)} s`, `+${more.toFixed(2)} s`);
}
