/** Embedded log → committed Parquet: `node bench/sink-throughput.ts`. */

import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../src/config.ts';
import { openDuckDb } from '../src/duckdb.ts';
import { openLake } from '../src/lake/index.ts';
import { Sink } from '../src/lake/sink.ts';
import { openLog } from '../src/log/index.ts';
import { ndjsonOutput, producerOutput, simulateHistory } from '../src/sources/simulator/index.ts';
import { measure, row } from './measure.ts';

const directory = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
const config = parseConfig({ TONEARM_DATA: directory }, directory);
const log = await openLog(config.log);
const lake = await openLake(config, Date.now);
row('', 'events', 'CPU-s / 1M', 'events / CPU-s', 'peak RSS MB');
for (const events of [250_000, 1_000_000]) {
  const options = { seed: events, users: 40_000, tracks: 5000, events };
  const producer = await log.producer();
  const produced = await measure(() => simulateHistory(options, producerOutput(producer)));
  row(
    'simulate into the log',
    events.toLocaleString('en'),
    ((produced.cpu / events) * 1e6).toFixed(2),
    Math.round(events / produced.cpu).toLocaleString('en'),
    '',
  );
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 100);
  const sunk = await measure(() =>
    new Sink({ config, log, lake, clock: Date.now, untilIdle: true }).run(),
  );
  clearInterval(sampler);
  row(
    'sink: log to committed Parquet',
    events.toLocaleString('en'),
    ((sunk.cpu / events) * 1e6).toFixed(2),
    Math.round(events / sunk.cpu).toLocaleString('en'),
    (peak / 1e6).toFixed(0),
  );
}

const plays = join(directory, 'events.ndjson');
const file = openSync(plays, 'w');
await simulateHistory(
  { seed: 1, users: 40_000, tracks: 5000, events: 500_000 },
  ndjsonOutput(file),
);
closeSync(file);
const { connection, close } = await openDuckDb({ threads: '2' });
const limit = await measure(() =>
  connection.run(
    `copy (select * from read_json('${plays}', format = 'newline_delimited', columns = {event_id: 'VARCHAR', play_id: 'VARCHAR', user_id: 'VARCHAR', track_id: 'VARCHAR', track: 'VARCHAR', artist: 'VARCHAR', album: 'VARCHAR', genre: 'VARCHAR', country: 'VARCHAR', timestamp: 'TIMESTAMPTZ', duration: 'BIGINT', track_duration: 'BIGINT', skipped: 'BOOLEAN', device: 'VARCHAR', source: 'VARCHAR'})) to '${directory}/limit.parquet' (format parquet, compression zstd, compression_level 1)`,
  ),
);
close();
row(
  'limit: DuckDB alone, NDJSON file to Parquet',
  '500,000',
  (limit.cpu * 2).toFixed(2),
  Math.round(500_000 / limit.cpu).toLocaleString('en'),
  '',
);
await log.close();
await rm(directory, { recursive: true, force: true });
