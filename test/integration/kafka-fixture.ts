import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { topics } from '../../contracts/index.ts';
import { type EventLog, openLog } from '../../src/log/index.ts';
import type { KafkaLocation } from '../../src/log/kafka/location.ts';

export const location = (bootstrap: string): KafkaLocation => ({
  kind: 'kafka',
  brokers: [bootstrap],
  tls: false,
});

/** Deletes the topics of the contracts, so that a test begins at offset 0. */
export async function deleteTopics(bootstrap: string): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [bootstrap] });
  try {
    const mine = async () =>
      (await admin.listTopics()).filter((topic) => Object.hasOwn(topics, topic));
    const there = await mine();
    if (there.length > 0) await admin.deleteTopics({ topics: there });
    while ((await mine()).length > 0) await delay(20);
  } finally {
    await admin.close();
  }
}

/** A log on the broker with topics that are new, closed after the test. */
export async function openNewLog(t: TestContext, bootstrap: string): Promise<EventLog> {
  await deleteTopics(bootstrap);
  const log = await openLog(location(bootstrap));
  t.after(() => log.close());
  return log;
}

export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** Reads a topic from its beginning to its end. */
export async function readTopic(
  log: EventLog,
  topic: keyof typeof topics,
  maxBytes = 1 << 20,
): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for (const { partition, earliest } of await log.offsets([topic])) {
    let offset = earliest;
    for (;;) {
      const batch = await log.fetch(topic, partition, offset, maxBytes);
      if (batch === undefined) break;
      for (let index = 0; index < batch.count; index += 1) {
        const value = batch.value(index);
        records.push({
          partition,
          offset: batch.offset(index),
          key: batch.key(index),
          value: value === null ? null : Buffer.from(value).toString(),
        });
      }
      offset = batch.nextOffset;
    }
  }
  return records;
}
