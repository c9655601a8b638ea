/**
 * The Kafka log alone, on a broker of its own: `node bench/kafka-log.ts [events]`. Beside it Kafka's own
 * ProducerPerformance on the same topic settings and the client's own fetch.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TopicName } from '../contracts/index.ts';
import { parseConfig } from '../src/config.ts';
import type { EventLog } from '../src/log/index.ts';
import { openLog } from '../src/log/index.ts';
import { startKafka } from '../src/services/index.ts';
import { installKafka } from '../src/services/kafka-installation.ts';
import { producerOutput, simulateHistory } from '../src/sources/simulator/index.ts';
import { measure, row } from './measure.ts';

const events = Number(process.argv[2] ?? 1_000_000);
const directory = await mkdtemp(join(tmpdir(), 'tonearm-bench-'));
const { cacheDirectory: cache } = parseConfig(process.env, process.cwd());
const kafka = await startKafka({ directory, cache, say: console.error });
try {
  const { log: location } = parseConfig(kafka.env, directory);
  const log = await openLog(location);
  row('', 'events', 'CPU-s / 1M', 'events / s', 'MB of values');

  const write = { seed: 1, users: 40_000, tracks: 5000, events };
  const discarded = await measure(() =>
    simulateHistory(write, { write: () => undefined, flush: async () => undefined }),
  );
  tell('simulate alone', events, discarded, 0);
  const producer = await log.producer();
  const produced = await measure(async () => {
    await simulateHistory(write, producerOutput(producer));
    await producer.close();
  });
  tell('simulate and produce', events, produced, 0);

  const payloads: Buffer[] = [];
  await simulateHistory(
    { ...write, events: 20_000 },
    {
      write: (_topic, _key, value) => {
        payloads.push(Buffer.from(value));
      },
      flush: async () => undefined,
    },
  );
  const alone = await measure(() => produceAgain(log, payloads));
  tell('produce alone, the same values again and again', events, alone, 0);
  const peer = await producerPerformance(payloads);
  row(
    'Kafka\u2019s own ProducerPerformance',
    events.toLocaleString('en'),
    '',
    Math.round(peer).toLocaleString('en'),
    '',
  );
  console.log(`produce alone / ProducerPerformance = ${(events / alone.wall / peer).toFixed(2)}`);

  const read = await measure(async () => {
    let records = 0;
    let bytes = 0;
    for (const { topic, partition, earliest } of await log.offsets()) {
      let offset = earliest;
      for (;;) {
        const batch = await log.fetch(topic as TopicName, partition, offset, 8 << 20);
        if (batch === undefined) break;
        records += batch.count;
        bytes += batch.valueBytes;
        for (let index = 0; index < batch.count; index += 1) {
          if (batch.timestamp(index) < 0 || batch.value(index) === null)
            throw new Error('no value');
        }
        offset = batch.nextOffset;
      }
    }
    return { records, bytes };
  });
  tell('fetch, every value looked at', read.value.records, read, read.value.bytes);
  console.log(`peak RSS ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
  await log.close();
} finally {
  await kafka.stop();
  await rm(directory, { recursive: true, force: true });
}

async function produceAgain(log: EventLog, payloads: readonly Buffer[]): Promise<void> {
  const producer = await log.producer();
  for (let number = 0; number < events; number += 1) {
    const value = payloads[number % payloads.length]!;
    const full = producer.send('skips', { key: `user-${number % 40_000}`, value });
    if (full !== undefined) await full;
  }
  await producer.close();
}

/** Records a second that Kafka's own tool reaches with the same values, acks, compression and waiting time. */
async function producerPerformance(payloads: readonly Buffer[]): Promise<number> {
  const file = join(directory, 'payloads.txt');
  await writeFile(file, payloads.map((payload) => payload.toString()).join('\n'));
  const output = execFileSync('java', [
    '-Xmx512m',
    '-cp',
    join(await installKafka(cache), '*'),
    'org.apache.kafka.tools.ProducerPerformance',
    ...['--topic', 'likes', '--num-records', String(events), '--throughput', '-1'],
    ...['--payload-file', file, '--producer-props', `bootstrap.servers=${kafka.bootstrap}`],
    ...[
      'acks=all',
      'enable.idempotence=true',
      'compression.type=zstd',
      'compression.zstd.level=1',
      'linger.ms=50',
    ],
    ...['batch.size=1000000'],
  ]).toString();
  return Number(/, ([\d.]+) records\/sec/.exec(output.trim().split('\n').at(-1)!)?.[1]);
}

function tell(name: string, count: number, used: { cpu: number; wall: number }, bytes: number) {
  row(
    name,
    count.toLocaleString('en'),
    ((used.cpu / count) * 1e6).toFixed(2),
    Math.round(count / used.wall).toLocaleString('en'),
    (bytes / 1e6).toFixed(0),
  );
}
