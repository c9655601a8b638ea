/**
 * The Kafka log alone, on a broker of its own: `node bench/kafka-log.ts [events]`. Beside it Kafka's own
 * ProducerPerformance on the same topic settings and the client's own fetch.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TopicName } from '../contracts/index.ts';
import { parseConfig } from '../src/config.ts';
import { openLog } from '../src/log/index.ts';
import { startKafka } from '../src/services/index.ts';
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

function tell(name: string, count: number, used: { cpu: number; wall: number }, bytes: number) {
  row(
    name,
    count.toLocaleString('en'),
    ((used.cpu / count) * 1e6).toFixed(2),
    Math.round(count / used.wall).toLocaleString('en'),
    (bytes / 1e6).toFixed(0),
  );
}
