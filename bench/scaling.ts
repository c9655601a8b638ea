/**
 * From figures of one core to many machines: `node bench/scaling.ts`. Arithmetic only. Each input is the
 * output of a benchmark beside it or a list price; give newer ones as options.
 */
import { parseArgs } from 'node:util';
import { prices } from './simulated-s3.ts';

const { values } = parseArgs({
  options: {
    /** CPU-seconds of the sink for a million events: bench/kafka-sink.ts. */
    'sink-cpu': { type: 'string', default: '8.5' },
    /** Bytes of an event in Kafka before compression, and in Parquet: those of simulated plays. */
    'event-bytes': { type: 'string', default: '390' },
    'parquet-bytes': { type: 'string', default: '43' },
    /** Memory and checkpoint of 100,000 removed files: bench/lake-growth.ts. */
    'memory-mb': { type: 'string', default: '37.4' },
    'checkpoint-ms': { type: 'string', default: '1500' },
  },
});
const input = (name: keyof typeof values) => Number(values[name]);

/** Share of a core that a sink may be busy with: the rest is for catching up. */
const busyShare = 0.6;
/** Commits a second and table up to which few are lost, and what each costs then: bench/commit-contention.ts, 20 sinks. */
const commitsPerTable = 3.8;
const lostPerCommit = 0.61;
const readsPerSinkAndCommit = 121.1 / (20 * 3.83);
const tables = 3;
const partitionsPerSink = 4;
/** A sign of life and a listing every three seconds: src/lake/sink-group.ts. */
const lifeSignsADay = 2 * (86_400 / 3);
const secondsADay = 86_400;
const tombstoneSeconds = 7 * secondsADay;
/** List prices, us-east-1: a GB of S3 Standard a month; a vCPU of c7g an hour, on demand. */
const gigabyteMonth = 0.023;
const coreHour = 0.0363;

const columns = [100_000, 1_000_000, 8_000_000].map((rate) => {
  const sinks = Math.ceil((rate * input('sink-cpu')) / 1e6 / busyShare);
  const flush = Math.max(5, Math.ceil(sinks / commitsPerTable));
  const commits = sinks / flush;
  const files = commits * tables;
  const reads = readsPerSinkAndCommit * sinks * commits * tables;
  const writes = files * (2 + lostPerCommit) + (sinks * lifeSignsADay) / secondsADay;
  const parquet = rate * input('parquet-bytes');
  const removed = commits * tombstoneSeconds;
  return {
    rate,
    kafka: (rate * input('event-bytes')) / 1e6,
    sinks,
    partitions: sinks * partitionsPerSink,
    flush,
    commits,
    fileMb: parquet / files / 1e6,
    filesAnHour: files * 3600,
    parquetAnHour: (parquet * 3600) / 1e9,
    parquetADay: (parquet * secondsADay) / 1e12,
    requests: secondsADay * (writes * prices.write + reads * prices.read),
    cores: sinks * coreHour * 24,
    storage: ((parquet * secondsADay * 30) / 1e9) * gigabyteMonth,
    removed: removed / 1e6,
    memory: ((removed * tables) / 1e5) * input('memory-mb'),
    checkpoint: ((removed / 1e5) * input('checkpoint-ms')) / 1000,
  };
});

const lines: [string, keyof (typeof columns)[number], number][] = [
  ['events a second', 'rate', 0],
  ['into Kafka, MB/s before compression', 'kafka', 0],
  [`sinks of one core, ${busyShare * 100} % busy`, 'sinks', 0],
  [`partitions a topic, ${partitionsPerSink} a sink`, 'partitions', 0],
  ['flush, s', 'flush', 0],
  ['commits a second and table', 'commits', 2],
  ['new file, MB, if topics were equal', 'fileMb', 1],
  ['new files an hour, all tables', 'filesAnHour', 0],
  ['Parquet, GB an hour', 'parquetAnHour', 0],
  ['Parquet, TB a day', 'parquetADay', 2],
  ['S3 requests, $ a day', 'requests', 2],
  ['cores of the sinks, $ a day', 'cores', 2],
  ['storage that 30 days add, $ a month', 'storage', 0],
  ['removed files remembered, million a table', 'removed', 2],
  ['memory for them in each sink, MB', 'memory', 0],
  ['checkpoint of one table, s', 'checkpoint', 0],
];
for (const [name, key, digits] of lines) {
  const cells = columns.map((column) =>
    column[key].toLocaleString('en', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }),
  );
  console.log(name.padEnd(44) + cells.map((cell) => cell.padStart(14)).join(''));
}
