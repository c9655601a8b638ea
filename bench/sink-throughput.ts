/**
 * Embedded log → committed Parquet, the sink in a process of its own: `node bench/sink-throughput.ts`.
 * The backlog grows from row to row; memory should not.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../src/config.ts';
import { openLog } from '../src/log/index.ts';
import { ndjsonOutput, producerOutput, simulateHistory } from '../src/sources/simulator/index.ts';
import { measure, row } from './measure.ts';
import { parquetLimit } from './parquet-limit.ts';

const backlogs = process.argv.slice(2).map(Number);
const events = backlogs.length > 0 ? backlogs : [250_000, 1_000_000, 4_000_000];

const perMillion = (cpu: number, count: number) => ((cpu / count) * 1e6).toFixed(2);
const rate = (cpu: number, count: number) => Math.round(count / cpu).toLocaleString('en');

row('', 'events', 'CPU-s / 1M', 'events / CPU-s', 'peak RSS MB');
for (const count of events) {
  const directory = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
  const log = await openLog(parseConfig({ TONEARM_DATA: directory }, directory).log);
  const producer = await log.producer();
  const produced = await measure(() =>
    simulateHistory(
      { seed: 1, users: count * 0.4, tracks: 5000, events: count },
      producerOutput(producer),
    ),
  );
  await producer.close();
  await log.close();
  const name = count.toLocaleString('en');
  row(
    'simulate into the log',
    name,
    perMillion(produced.cpu, count),
    rate(produced.cpu, count),
    '',
  );
  const sunk = spawnSync(process.execPath, [join(import.meta.dirname, 'sink-once.ts'), directory]);
  const { cpu, rss, read } = JSON.parse(sunk.stdout.toString()) as Record<string, number>;
  if (read! < count) throw new Error(`the sink read ${read} of ${count} events`);
  row(
    'sink: log to committed Parquet',
    name,
    perMillion(cpu!, count),
    rate(cpu!, count),
    String(rss),
  );
  await rm(directory, { recursive: true, force: true });
}

const directory = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
const plays = join(directory, 'events.ndjson');
const file = openSync(plays, 'w');
await simulateHistory(
  { seed: 1, users: 40_000, tracks: 5000, events: 500_000 },
  ndjsonOutput(file),
);
closeSync(file);
const limit = await parquetLimit(plays);
row(
  'DuckDB alone, all events, NDJSON to Parquet',
  '500,000',
  perMillion(limit.cpu, 500_000),
  rate(limit.cpu, 500_000),
  '',
);
await rm(directory, { recursive: true, force: true });
