/**
 * Kafka → committed Parquet, exactly once, the sink in a process of its own and the broker on the same machine:
 * `node bench/kafka-sink.ts [events] [partitions] [hours]`. Beside it the limits: the log's fetch alone, and DuckDB
 * alone reading the same events as an NDJSON file into Parquet. With peers:
 *
 *   python3 -m venv peers && peers/bin/pip install -r bench/peers/requirements.txt
 *   PEERS_PYTHON=peers/bin/python node bench/kafka-sink.ts
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { parseConfig } from '../src/config.ts';
import { literal, openDuckDb } from '../src/duckdb.ts';
import { openLog } from '../src/log/index.ts';
import { startKafka } from '../src/services/index.ts';
import { simulateHistory } from '../src/sources/simulator/index.ts';
import { measure, row } from './measure.ts';
import { parquetLimit } from './parquet-limit.ts';

const [events = 1_000_000, partitions = 6, hours = 6] = process.argv.slice(2).map(Number);
/** Other tools for the same work; see `peers/`. Spark comes last. */
const peers = ['json', 'orjson', 'arrow', 'quixstreams'];
const peerPython =
  process.env.PEERS_PYTHON === undefined ? undefined : resolve(process.env.PEERS_PYTHON);

type Sunk = Record<'cpu' | 'wall' | 'rss', number>;

const directory = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
const { cacheDirectory: cache } = parseConfig(process.env, process.cwd());
const kafka = await startKafka({ directory, cache, say: console.error });
try {
  const environment = { ...kafka.env, TONEARM_DATA: directory };
  const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [kafka.bootstrap] });
  await admin.createTopics({ topics: ['plays'], partitions, replicas: 1 });
  await admin.close();

  // Plays alone, of about 390 bytes: what the published figures of other tools were measured with.
  const log = await openLog(parseConfig(environment, directory).log);
  const producer = await log.producer();
  const file = openSync(join(directory, 'events.ndjson'), 'w');
  const first = Math.floor(Date.now() / 3_600_000 - hours) * 3_600_000;
  let written = 0;
  let bytes = 0;
  const newline = Buffer.from('\n');
  const made = await measure(async () => {
    await simulateHistory(
      { seed: 1, users: 40_000, tracks: 5000, events: events * 3 },
      {
        async write(topic, key, value) {
          if (topic !== 'plays' || written === events) return;
          const timestamp = first + Math.floor((written / events) * hours * 3_600_000);
          const { session_id, reason_start, reason_end, ...event } = JSON.parse(
            Buffer.from(value).toString(),
          );
          const short = Buffer.from(JSON.stringify(event));
          written += 1;
          bytes += short.length;
          writeSync(file, Buffer.concat([short, newline]));
          await producer.send('plays', { key, value: short, timestamp });
        },
        flush: async () => undefined,
      },
    );
    await producer.close();
  });
  closeSync(file);
  console.log(
    `${written.toLocaleString('en')} plays of ${Math.round(bytes / written)} bytes, ${partitions} partitions, ${hours} hours; made in ${made.wall.toFixed(0)} s`,
  );
  row('', 'CPU-s / 1M', 'events / s', 'peak RSS MB', 'wall s');
  const tell = (name: string, cpu: number, wall: number, rss = '') =>
    row(
      name,
      ((cpu / written) * 1e6).toFixed(2),
      Math.round(written / wall).toLocaleString('en'),
      rss,
      wall.toFixed(1),
    );

  const fetched = await measure(async () => {
    for (const { partition, earliest, latest } of await log.offsets(['plays'])) {
      for (let offset = earliest; offset < latest; ) {
        const batch = await log.fetch('plays', partition, offset, 8 * 1024 * 1024);
        if (batch === undefined) break;
        offset = batch.nextOffset;
      }
    }
  });
  await log.close();
  const sinkRates: number[] = [];
  for (let run = 1; run <= 3; run += 1) {
    const once = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'sink-once.ts'), directory],
      { env: { ...process.env, ...environment, TONEARM_LAKE: `file:${directory}/lake-${run}` } },
    );
    if (once.status !== 0) throw new Error(once.stderr.toString());
    const sunk = JSON.parse(once.stdout.toString()) as Record<string, number>;
    if (sunk.read !== written) throw new Error(`the sink read ${sunk.read} of ${written}`);
    tell(`sink, run ${run}`, sunk.cpu!, sunk.wall!, String(sunk.rss));
    sinkRates.push(written / sunk.wall!);
  }
  tell('limit: fetch alone', fetched.cpu, fetched.wall);

  const parquet = await parquetLimit(join(directory, 'events.ndjson'));
  tell('limit: DuckDB alone, NDJSON to Parquet', parquet.cpu, parquet.wall);

  const best = Math.max(...sinkRates);
  const runPeer = <Answer>(script: string, ...options: string[]): Answer => {
    const peer = spawnSync(peerPython!, [join(import.meta.dirname, 'peers', script), ...options], {
      encoding: 'utf8',
      // One of them takes no path with a hyphen, so theirs are relative.
      cwd: directory,
    });
    if (peer.status !== 0) throw new Error(`${script} ${options[0]}: ${peer.stderr}`);
    return JSON.parse(peer.stdout.trim().split('\n').at(-1)!) as Answer;
  };
  const tellPeer = async (name: string, { cpu, wall, rss }: Sunk, folder: string) => {
    const rows = await countRows(join(directory, folder));
    if (rows !== written) console.log(`  ${name} stored ${rows} rows of ${written}`);
    tell(`peer: ${name}`, cpu, wall, String(rss));
    console.log(`  the sink does ${(best / (written / wall)).toFixed(1)} times as many a second`);
  };
  const source = [kafka.bootstrap, 'plays', String(written)];
  for (const way of peerPython === undefined ? [] : peers) {
    const folder = `peer_${way}`;
    await tellPeer(way, runPeer<Sunk>('kafka_to_parquet.py', way, ...source, folder), folder);
  }
  if (peerPython !== undefined) {
    const spark = runPeer<Record<string, Sunk>>('spark_to_parquet.py', ...source, 'peer_spark');
    for (const [name, figures] of Object.entries(spark)) {
      await tellPeer(`Spark, ${name}`, figures, `peer_spark/${name}`);
    }
  }
  if (peerPython === undefined) {
    console.log('Without peers: PEERS_PYTHON names a Python with bench/peers/requirements.txt.');
  }
} finally {
  await kafka.stop();
  await rm(directory, { recursive: true, force: true });
}

async function countRows(folder: string): Promise<number> {
  const database = await openDuckDb();
  try {
    const reader = await database.connection.runAndReadAll(
      `select count(*)::integer from read_parquet(${literal(`${folder}/**/*.parquet`)}, hive_partitioning = false)`,
    );
    return Number(reader.getRows()[0]![0]);
  } finally {
    database.close();
  }
}
