import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { openLog } from '../../src/log/index.ts';
import { testKafka } from '../services/test-services.ts';
import { location, readTopic } from './kafka-fixture.ts';

let controller = 0;
const first = await testKafka({
  properties: (ports) => {
    controller = ports[1]!;
    return { 'default.replication.factor': '2', 'min.insync.replicas': '1' };
  },
});
const clusterId = first.skip === false ? await clusterIdOf(first.service.bootstrap) : undefined;
const second = await testKafka({
  clusterId,
  properties: ([port]) => ({
    'process.roles': 'broker',
    'node.id': '2',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
  }),
});
const { skip } = second;

function admin(bootstrap: string): Admin {
  return new Admin({ clientId: 'test', bootstrapBrokers: [bootstrap] });
}

async function clusterIdOf(bootstrap: string): Promise<string> {
  const client = admin(bootstrap);
  try {
    return (await client.metadata({ topics: [] })).id;
  } finally {
    await client.close();
  }
}

test('partitions move to another broker while records flow: each record is there once, in order', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const client = admin(first.service!.bootstrap);
  // Before the first, which holds the controller: without one a broker does not stop in order.
  t.after(() => second.service!.stop());
  t.after(() => client.close());
  while ((await client.metadata({ topics: [], forceUpdate: true })).brokers.size < 2)
    await delay(50);
  const log = await openLog(location(first.service!.bootstrap));
  t.after(() => log.close());
  const metadata = await client.metadata({ topics: ['plays'], forceUpdate: true });
  const leaders = metadata.topics.get('plays')!.partitions.map((partition) => partition.leader);
  assert.deepEqual(new Set(leaders), new Set([1, 2]));

  const producer = await log.producer({ lingerMs: 5 });
  const sent: string[] = [];
  const send = async (count: number) => {
    for (let number = 0; number < count; number += 1) {
      const value = `${number % 16} ${sent.length}`;
      sent.push(value);
      await producer.send('plays', { key: `user-${number % 16}`, value });
    }
    await producer.flush();
  };
  await send(800);
  assert.equal((await readTopic(log, 'plays')).length, 800);
  await log.waitForAppend(0);
  const heard = log.waitForAppend(60_000);
  await second.service!.kill();
  await send(800);
  assert.equal(await heard, true);
  await second.restart();
  await send(800);

  const read = await readTopic(log, 'plays');
  assert.equal(read.length, sent.length);
  for (let user = 0; user < 16; user += 1) {
    assert.deepEqual(
      read.filter((record) => record.key === `user-${user}`).map((record) => record.value),
      sent.filter((value) => value.startsWith(`${user} `)),
    );
  }
});
